import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { testServer } from '../harness/app';
import { importFile, newImporter, resultsOf, revenueOf, waitForJob } from '../imports/support/imports';

const PAGE = readFileSync(path.join(__dirname, '../../docs/imports.md'), 'utf8');

/** The first block of a language in a section. */
function block(section: string, language: string): string {
  const [, text = ''] = PAGE.split(new RegExp(`\\n#{2,3} ${section}\\n`));
  const found = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(text.split(/\n#{2,3} /)[0]!)?.[1];
  if (!found) throw new Error(`docs/imports.md has no ${language} example under "${section}".`);
  return found;
}

const ORDERS = block('Data types and their fields', 'csv');

it('the orders of docs/imports.md are stored when its lines are pasted, and a line is added to one', async () => {
  const { token } = await newImporter();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'appbackend-imports-'));
  writeFileSync(path.join(folder, 'orders.csv'), ORDERS);
  const env = { ...process.env, URL: testServer().url, TOKEN: token };
  const lines = block('Data types and their fields', 'sh');
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', lines], { cwd: folder, env });
  rmSync(folder, { recursive: true });
  expect(await waitForJob(token, JSON.parse(stdout).job_id)).toMatchObject({ counts: { inserted: 3, rejected: 0 } });
  expect(await revenueOf(token)).toBe(23.5);
  const added = await importFile(token, JSON.parse(block('Orders', 'json')), block('Orders', 'csv'));
  expect(added.counts).toMatchObject({ updated: 1, rejected: 0 });
  expect(await revenueOf(token)).toBe(26);
});

it('the export with totals counts each order once', async () => {
  const { token } = await newImporter();
  const job: any = await importFile(
    token,
    JSON.parse(block('Totals on each line', 'json')),
    block('Totals on each line', 'csv'),
  );
  expect([job.counts.rejected, job.amount_is.used]).toEqual([0, 'order']);
  expect(await revenueOf(token)).toBe(30);
});

it('the options do what they say', async () => {
  const { token } = await newImporter();
  const job: any = await importFile(token, JSON.parse(block('Options', 'json')), block('Options', 'csv'));
  expect(job).toMatchObject({ status: 'completed', dry_run: true, counts: { read: 1, inserted: 1 } });
});

it('the rows given as JSON are stored, their ids with all digits', async () => {
  const { token } = await newImporter();
  const options = { data_type: 'purchases', defaults: { currency: 'USD' } };
  const { job_id } = await importFile(token, options, block('JSON', 'json'), 'rows.json');
  expect((await resultsOf(token, job_id)).total).toBe(2);
  expect(await revenueOf(token)).toBe(2.6);
});
