import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { uniqueEmail, uniqueName } from '../factories/ids';
import { createPerson, createTenant, type Person } from '../factories/people';
import { api, parseRest, testServer } from '../harness/app';

const ROOT = path.resolve(__dirname, '../..');
const README = readFileSync(path.join(ROOT, 'README.md'), 'utf8');

let folder: string;
let person: Person;

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'appbackend-readme-'));
  // A tenant without other purchases, so that the figures are those of the README's own file.
  person = await createPerson({ roles: ['admin'], tenant: await createTenant() });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the lines of the main job do what they say when pasted', async () => {
  const lines = example('The main job, by REST', 'sh', {
    'http://localhost:3000': testServer().url,
    'admin@example.com': person.email,
    '<the printed password>': person.password,
  });
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', lines], { cwd: folder });
  const [status, results, users, revenue, retention] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  expect(status).toMatchObject({ counts: { read: 4, inserted: 3, rejected: 1 } });
  expect(results).toMatchObject({ total: 3, errors: { total: 1, items: [{ row: 5, value: '2021-02-31' }] } });
  expect(users).toEqual({ total_users: 2, active_users: 2, new_users: 1, churned_users: 0 });
  expect(revenue).toMatchObject({ total_revenue: 13.5, groups: expect.arrayContaining([expect.anything()]) });
  expect(retention).toMatchObject({
    cohorts: [
      { period: '2021-01', size: 1, active: [1, 1] },
      { period: '2021-02', size: 1, active: [1, null] },
    ],
  });
});

test('the waiting line of the main job ends also where the job fails, or never was', async () => {
  const options = { data_type: 'purchases', strict: true, defaults: { currency: 'USD' } };
  const body = { options, data: [{ customer_id: 'ann', purchased_at: '2021-02-31', amount: '1' }] };
  const sent = await api('POST', '/api/data/batch', { token: person.token, body });
  expect(sent.status).toBe(202);
  const wait = example('The main job, by REST', 'sh', {})
    .split('\n')
    .find((line) => line.startsWith('until '));
  const env = { PATH: process.env.PATH, URL: testServer().url, TOKEN: person.token };
  const statusOf = async (job: string): Promise<unknown> =>
    JSON.parse((await promisify(execFile)('/bin/sh', ['-c', wait!], { env: { ...env, JOB: job } })).stdout);
  expect(await statusOf(sent.body.job_id as string)).toMatchObject({ status: 'failed' });
  expect(await statusOf('undefined')).toMatchObject({ error: { code: 'NOT_FOUND' } });
});

test('the lines for an app’s user work, in Node with the line for Node', async () => {
  const lines = example("An app's user", 'js', {
    'http://localhost:3000': testServer().url,
    "'ada'": `'${uniqueName('ada')}'`,
  });
  const script = `
    const Parse = require(${JSON.stringify(path.join(ROOT, 'node_modules/parse/node'))});
    Parse.User.enableUnsafeCurrentUser();
    (async () => {
      ${lines}
      console.log(JSON.stringify(events.map((event) => [event.get('user').id === user.id, event.get('properties')])));
    })();`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { cwd: folder });
  expect(JSON.parse(stdout)).toEqual([[true, { level: 3 }]]);
});

test('the lines for a mobile SDK work, in Node with the line for Node', async () => {
  const lines = example('The same from a mobile SDK', 'js', {
    'http://localhost:3000': testServer().url,
    'admin@example.com': person.email,
  });
  const script = `
    const Parse = require(${JSON.stringify(path.join(ROOT, 'node_modules/parse/node'))});
    Parse.User.enableUnsafeCurrentUser();
    const password = ${JSON.stringify(person.password)};
    (async () => {
      ${lines}
      console.log(JSON.stringify({ figures, total: purchase.get('total') }));
    })();`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { cwd: folder });
  expect(JSON.parse(stdout)).toMatchObject({ figures: { total_users: expect.any(Number) }, total: 11.5 });
});

test('the lines for a class of one’s own make it, and an ordinary user keeps a row in it', async () => {
  const className = `${uniqueName('Recipe')}Row`;
  const lines = example('Classes of your own', 'js', {
    'http://localhost:3000': testServer().url,
    "'Recipe'": JSON.stringify(className),
    'cook@example.com': uniqueEmail(),
  });
  const script = `
    const Parse = require(${JSON.stringify(path.join(ROOT, 'node_modules/parse/node'))});
    const masterKey = ${JSON.stringify(testServer().masterKey)};
    (async () => {
      ${lines}
      console.log(JSON.stringify(found.map((row) => row.get('title'))));
    })();`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { cwd: folder });
  expect(JSON.parse(stdout)).toEqual(['Soup']);
  const someone = await parseRest('GET', `/classes/${className}`, { sessionToken: person.sessionToken });
  expect([someone.status, someone.body.results]).toEqual([200, []]);
});

/** The code block of a section, with what the reader fills in. */
function example(section: string, language: string, filled: Record<string, string>): string {
  const text = README.split(new RegExp(`\\n#{2,3} ${section}\\n`))[1]?.split(/\n#{2,3} /)[0] ?? '';
  const block = new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(text)?.[1];
  if (!block) throw new Error(`README has no ${language} example under "${section}".`);
  return Object.entries(filled).reduce((lines, [from, to]) => {
    expect(lines).toContain(from);
    return lines.replaceAll(from, to);
  }, block);
}
