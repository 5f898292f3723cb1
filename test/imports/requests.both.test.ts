import { createPerson, createTenant, type Person } from '../factories/people';
import { api, parseFn, parseRest, spawnWorker, testServer, waitFor } from '../harness/app';
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { workbook } from './support/workbook';
import { countErrors, expireJob, leaveStagedRow, progressOf } from './support/database';
import { importFile, newImporter, PURCHASES, resultsOf, revenueOf, sendFile, waitForJob } from './support/imports';

const ROWS = 'customer_id,purchased_at,amount\nc1,2024-01-01,1.50\nc2,2024-01-02,2.25\n';
const uploads = (): string[] => {
  try {
    return readdirSync(path.join(testServer().dataDir, 'uploads'));
  } catch {
    return [];
  }
};

/** Files of earlier jobs go as their jobs end; of a refused request none stays. */
async function leavesNothing(before: ReadonlySet<string>): Promise<void> {
  await waitFor(() => uploads().every((name) => before.has(name)));
}

describe('ways to send rows', () => {
  let person: Person;
  beforeAll(async () => {
    person = await newImporter();
  });

  it('takes a raw body with options in the query', async () => {
    const route = `/api/data/batch?options=${encodeURIComponent(JSON.stringify(PURCHASES))}`;
    const headers = { 'Content-Type': 'text/csv' };
    const { status, body } = await api('POST', route, { token: person.token, body: ROWS, headers });
    expect(status).toBe(202);
    expect(body).toMatchObject({ job_id: expect.stringMatching(/^job_/), status: 'processing' });
    expect((await waitForJob(person.token, body.job_id)).counts.inserted).toBe(2);
  });

  it('keeps the place of the file to itself', async () => {
    const job = await importFile(person.token, PURCHASES, ROWS);
    const where = encodeURIComponent(JSON.stringify({ job_id: job.job_id }));
    const { body } = await parseRest('GET', `/classes/DataJob?where=${where}`, { sessionToken: person.sessionToken });
    expect(body.results[0].input_path).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('takes rows as JSON, by both operations and as cloud functions', async () => {
    const data = [{ customer_id: 7, purchased_at: '2024-01-01', amount: 3.1 }];
    const batch = await api('POST', '/api/data/batch', { token: person.token, body: { options: PURCHASES, data } });
    expect(batch).toMatchObject({ status: 202, body: { records_received: 1 } });
    const process = { ...PURCHASES, processing_rules: [], data };
    for (const route of ['/api/data/process', '/api/business/process']) {
      expect((await api('POST', route, { token: person.token, body: process })).status).toBe(202);
    }
    const called = await parseFn('processBatch', { options: PURCHASES, data }, { sessionToken: person.sessionToken });
    expect(called.status).toBe(200);
    const job = await waitForJob(person.token, called.body.result.job_id);
    expect(job.counts).toMatchObject({ read: 1, inserted: 1 });
    const { results } = await resultsOf(person.token, job.job_id);
    expect(results[0]).toMatchObject({ total: 3.1, currency: 'USD', status: 'paid' });
  });

  it('previews the first rows at once and stores nothing', async () => {
    const { token } = await newImporter();
    const before = new Set(uploads());
    const { status, body } = await sendFile(token, { ...PURCHASES, preview: 2 }, `${ROWS}c3,never,1\n`);
    expect(status).toBe(200);
    expect(body.errors).toEqual([]);
    expect(body.rows).toMatchObject([
      { customer_id: 'c1', total: 1.5, purchased_at: '2024-01-01T00:00:00.000Z', currency: 'USD' },
      { customer_id: 'c2', total: 2.25 },
    ]);
    await leavesNothing(before);
    expect(await revenueOf(token)).toBe(0);
  });

  // The header is checked on the first 64 KiB, which end anywhere.
  it.each([
    ['UTF-16', (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['blank lines before the header', (text: string) => Buffer.from(`\n\n${text}`)],
    ['a line break in a column name', (text: string) => Buffer.from(text.replace('note', '"no\nte"'))],
    ['CR alone at line ends', (text: string) => Buffer.from(text.replaceAll('\n', '\r'))],
  ])('takes a long file with %s', async (_what, encode) => {
    const lines = Array.from({ length: 6_000 }, () => 'c1,2024-01-01,1.50,"größer, ""é"""');
    const file = encode(`customer_id,purchased_at,amount,note\n${lines.join('\n')}`);
    expect(file.length).toBeGreaterThan(128 * 1024);
    const { status, body } = await sendFile(person.token, { ...PURCHASES, preview: 1 }, file);
    expect([status, body.rows?.[0]?.total]).toEqual([200, 1.5]);
  });

  it('checks everything in a dry run, and keeps nothing of it', async () => {
    const { token } = await newImporter();
    await importFile(token, PURCHASES, 'order_id,purchased_at,amount\nX,2024-01-01,1');
    const file = 'order_id,purchased_at,amount\nX,2024-01-01,1\nY,2024-01-01,1\nY,2024-01-01,no';
    const job = await importFile(token, { ...PURCHASES, dry_run: true }, file);
    expect(job).toMatchObject({ status: 'completed', counts: { read: 3, inserted: 0, rejected: 3 } });
    const { total, errors } = await resultsOf(token, job.job_id);
    expect(total).toBe(0);
    expect(errors.items.map(({ code }) => code)).toEqual(['DUPLICATE_KEY', 'ORDER_CONFLICT', 'INVALID_NUMBER']);
    expect(await revenueOf(token)).toBe(1);
  });

  it('stores nothing of a strict import with a refused row', async () => {
    const { token } = await newImporter();
    const job = await importFile(token, { ...PURCHASES, strict: true }, `${ROWS}c3,never,1\n`);
    expect(job).toMatchObject({
      status: 'failed',
      error: { code: 'VALIDATION_ERROR' },
      counts: { read: 3, inserted: 0, skipped: 2, rejected: 1 },
    });
    const results = await api('GET', `/api/data/results/${job.job_id}`, { token });
    expect(results.status).toBe(409);
    expect(results.body).toMatchObject({
      job_id: job.job_id,
      status: 'failed',
      total: 0,
      results: [],
      errors: { total: 1, items: [{ row: 4, code: 'INVALID_DATE', value: 'never' }] },
      error: { code: 'VALIDATION_ERROR', message: expect.any(String), request_id: expect.any(String) },
    });
    expect(await revenueOf(token)).toBe(0);
  });

  it('answers 50 parallel repeats of a named import with one job', async () => {
    const { token } = await newImporter();
    const options = { ...PURCHASES, source_name: 'shop-2026-11' };
    const answers = await Promise.all(Array.from({ length: 50 }, () => sendFile(token, options, ROWS)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    const ids = new Set(answers.map(({ body }) => body.job_id));
    expect(ids.size).toBe(1);
    await waitForJob(token, [...ids][0]);
    expect(await revenueOf(token)).toBe(3.75);
    const other = await sendFile(token, options, `${ROWS}c9,2024-01-01,1\n`);
    expect(ids.has(other.body.job_id)).toBe(false);
  });
});

it('shows the results of a job for 30 days; then the refused rows go, as does what a killed process left', async () => {
  const { token } = await newImporter();
  const { job_id } = await importFile(token, PURCHASES, `${ROWS}c3,never,1\n`);
  expect((await resultsOf(token, job_id)).errors.total).toBe(1);
  await expireJob(job_id);
  const { status, body } = await api('GET', `/api/data/results/${job_id}`, { token });
  expect([status, body.error.code]).toEqual([410, 'GONE']);
  expect((await api('GET', `/api/data/status/${job_id}`, { token })).status).toBe(200);
  await leaveStagedRow(job_id);
  expect((await progressOf(job_id)).staged).toBe(1);
  const isSwept = async () => (await countErrors(job_id)) + (await progressOf(job_id)).staged === 0;
  const worker = spawnWorker(); // One that starts sweeps soon.
  await waitFor(isSwept, { timeoutMs: 60_000 }).finally(() => worker.kill());
}, 90_000);

describe('refusals', () => {
  let person: Person;
  beforeAll(async () => {
    person = await newImporter();
  });

  it.each([
    ['a field that nothing provides', { data_type: 'purchases' }, 'currency'],
    ['a mapping of an unknown field', { ...PURCHASES, mapping: { colour: 'amount' } }, 'colour'],
    ['a mapping to a missing column', { ...PURCHASES, mapping: { channel: 'nope' } }, 'channel'],
    ['an unknown option', { ...PURCHASES, speed: 'fast' }, 'speed'],
    ['an unknown zone', { ...PURCHASES, time_zone: 'Mars/Base' }, 'time_zone'],
    ['a default that no row could have', { data_type: 'purchases', defaults: { currency: 'DOLLAR' } }, 'currency'],
    ['rules, which come later', { ...PURCHASES, rules: [{ operation: 'trim' }] }, 'rules'],
  ])('answers 400 to %s, naming it', async (_what, options, named) => {
    const { status, body } = await sendFile(person.token, options, ROWS);
    expect(status).toBe(400);
    expect(body.error.code).toBe('VALIDATION_ERROR');
    expect(body.error.message).toContain(named);
  });

  it('answers 400 to parts in the wrong order, missing or unknown', async () => {
    const send = (parts: [string, string | Blob][]) => {
      const form = new FormData();
      for (const [name, value] of parts) form.append(name, value);
      return api('POST', '/api/data/batch', { token: person.token, body: form });
    };
    const options = JSON.stringify(PURCHASES);
    const before = new Set(uploads());
    const file = new Blob([ROWS]);
    for (const parts of [
      [
        ['file', file],
        ['options', options],
      ],
      [['options', options]],
      [['file', file]],
      [
        ['options', options],
        ['file', file],
        ['file', file],
      ],
      [
        ['options', '{'],
        ['file', file],
      ],
      [
        ['options', '{"a":{"__proto__":1}}'],
        ['file', file],
      ],
    ] as [string, string | Blob][][]) {
      const { status, body } = await send(parts);
      expect([status, body.error.code]).toEqual([400, 'VALIDATION_ERROR']);
    }
    await leavesNothing(before);
  });

  it('answers 400 to an empty file, and fails a truncated workbook with INVALID_FILE', async () => {
    expect((await sendFile(person.token, PURCHASES, '')).body.error.code).toBe('INVALID_FILE');
    const broken = Buffer.from('504b0304140000000800', 'hex');
    const sent = await sendFile(person.token, PURCHASES, broken, 'rows.xlsx');
    if (sent.status === 400) expect(sent.body.error.code).toBe('INVALID_FILE');
    else expect((await waitForJob(person.token, sent.body.job_id)).error?.code).toBe('INVALID_FILE');
  });

  it('refuses a workbook without a required column at once, or as a job where it holds many texts', async () => {
    const sheet = '<row r="1"><c r="A1" t="s"><v>0</v></c></row>';
    const small = await sendFile(person.token, PURCHASES, workbook(sheet), 'rows.xlsx');
    expect([small.status, small.body.error.message]).toEqual([400, expect.stringContaining('purchased_at')]);
    const texts = Array.from({ length: 13 }, () => `<si><t>${randomBytes(512 * 1024).toString('hex')}</t></si>`);
    const large = workbook(sheet, { strings: `<sst><si><t>id</t></si>${texts.join('')}</sst>` });
    const sent = await sendFile(person.token, PURCHASES, large, 'rows.xlsx');
    expect(sent.status).toBe(202);
    expect((await waitForJob(person.token, sent.body.job_id)).error).toMatchObject({
      code: 'VALIDATION_ERROR',
      message: expect.stringContaining('purchased_at'),
    });
  });

  it('answers 415 to what it cannot read, and 413 to too much', async () => {
    const route = `/api/data/batch?options=${encodeURIComponent(JSON.stringify(PURCHASES))}`;
    const pdf = await api('POST', route, {
      token: person.token,
      body: '%PDF',
      headers: { 'Content-Type': 'application/pdf' },
    });
    expect([pdf.status, pdf.body.error.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    const before = new Set(uploads());
    const big = Buffer.alloc(105 * 1024 * 1024, 'a');
    const csv = { 'Content-Type': 'text/csv' };
    const answer = await api('POST', route, { token: person.token, body: big, headers: csv }).catch(() => undefined);
    // The server stops reading; a client that is still writing may see the connection end instead of the answer.
    if (answer) expect([answer.status, answer.body.error.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    await leavesNothing(before);
  });

  it('takes hostile headers and cells as plain text', async () => {
    const file = `__proto__,constructor,"a';--",customer_id,purchased_at,amount\nx,y,z,"'; drop table x;--\t\\.\\N",2024-01-01,1`;
    const job = await importFile(person.token, PURCHASES, file);
    expect(job.counts).toMatchObject({ read: 1, inserted: 1 });
    const twice = await sendFile(person.token, PURCHASES, 'amount,amount,purchased_at\n1,2,2024-01-01');
    expect(twice.body.error.code).toBe('INVALID_FILE');
  });

  it('lets only importers change figures, and members see no job of others', async () => {
    const member = await createPerson({ roles: ['tenant:member'], tenant: person.tenantId });
    expect((await sendFile(member.token, PURCHASES, ROWS)).status).toBe(403);
    expect((await api('POST', '/api/data/batch', { body: { options: PURCHASES, data: [] } })).status).toBe(401);
    const job = await importFile(person.token, PURCHASES, ROWS);
    const stranger = await newImporter(['tenant:admin']);
    for (const reader of [member, stranger]) {
      const calls = [
        api('GET', `/api/data/status/${job.job_id}`, { token: reader.token }),
        api('GET', `/api/data/results/${job.job_id}`, { token: reader.token }),
        api('POST', `/api/queue/jobs/${job.job_id}/cancel`, { token: reader.token }),
      ];
      for (const { status } of await Promise.all(calls)) expect(status).toBe(404);
    }
    const other = await createTenant();
    expect((await sendFile(person.token, { ...PURCHASES, tenant: other }, ROWS)).status).toBe(404);
  });

  it('cancels a job, and refuses to cancel one that has ended', async () => {
    const { token } = await newImporter();
    const lines = Array.from({ length: 150_000 }, (_line, index) => `c${index % 5000},2024-01-01,1`);
    const sent = await sendFile(token, PURCHASES, `customer_id,purchased_at,amount\n${lines.join('\n')}`);
    const cancelled = await api('POST', `/api/queue/jobs/${sent.body.job_id}/cancel`, { token });
    expect(cancelled.status).toBe(202);
    expect((await waitForJob(token, sent.body.job_id)).status).toBe('cancelled');
    expect(await revenueOf(token)).toBe(0);
    expect((await api('POST', `/api/queue/jobs/${sent.body.job_id}/cancel`, { token })).body.status).toBe('cancelled');
    const done = await importFile(token, PURCHASES, ROWS);
    expect((await api('POST', `/api/queue/jobs/${done.job_id}/cancel`, { token })).status).toBe(409);
  });
});
