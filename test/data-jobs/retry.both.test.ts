import { existsSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { createPerson, type Person } from '../factories/people';
import { adminToken, api, parseFn, parseRest, spawnWorker, testServer, waitFor } from '../harness/app';
import {
  importFile,
  newImporter,
  PURCHASES,
  resultsOf,
  revenueOf,
  sendFile,
  waitForJob,
} from '../imports/support/imports';
import { cancel, changeJob, inputOf, retry, status, STRICT, whileWorkerStands } from './support/jobs';

const ROWS = 'order_id,customer_id,purchased_at,amount\nA,c1,2024-01-01,1.50\nB,c2,2024-01-02,2.25\n';
const DAY_MS = 86_400_000;
const daysAgo = (days: number): Date => new Date(Date.now() - days * DAY_MS);

/** A job that was cancelled before anybody began it. */
async function cancelled(person: Person, options: object = PURCHASES, file = ROWS): Promise<string> {
  return whileWorkerStands(async () => {
    const sent = await sendFile(person.token, options, file);
    expect(sent.status).toBe(202);
    expect((await cancel(person.token, sent.body.job_id)).body.status).toBe('cancelled');
    return sent.body.job_id as string;
  });
}

describe('a retry', () => {
  it('of a failed job runs it again as the same job, and replaces what it told', async () => {
    const { token } = await newImporter();
    const first = await importFile(token, PURCHASES, 'order_id,customer_id,purchased_at,amount\nB,c9,2024-01-02,9\n');
    const stored = (await resultsOf(token, first.job_id)).results[0]!;
    const failed = await importFile(token, STRICT, ROWS);
    expect(failed).toMatchObject({ status: 'failed', counts: { rejected: 1 } });
    const removed = await parseRest('DELETE', `/classes/Purchase/${stored['id']}`, { masterKey: true });
    expect(removed.status).toBe(200);
    const answer = await retry(token, failed.job_id);
    expect(answer).toMatchObject({ status: 202, body: { job_id: failed.job_id, status: 'queued', retries: 1 } });
    expect(Date.parse(answer.body.estimated_completion)).toBeGreaterThan(Date.now() - 60_000);
    const job = await waitForJob(token, failed.job_id);
    expect(job).toMatchObject({
      status: 'completed',
      error: null,
      progress: 100,
      attempts: 1,
      retries: 1,
      counts: { read: 2, inserted: 2, rejected: 0 },
    });
    const { total, errors } = await resultsOf(token, failed.job_id);
    expect({ total, errors }).toEqual({ total: 2, errors: { total: 0, items: [] } });
    expect(await revenueOf(token)).toBe(3.75);
  });

  it('that fails again tells of the last try alone', async () => {
    const { token } = await newImporter();
    const failed = await importFile(token, STRICT, `${ROWS}C,c3,never,1\n`);
    expect((await retry(token, failed.job_id)).status).toBe(202);
    const again = await waitForJob(token, failed.job_id);
    expect(again).toMatchObject({ status: 'failed', retries: 1, counts: { read: 3, rejected: 1 } });
    expect((await resultsOf(token, failed.job_id)).errors).toMatchObject({ total: 1, items: [{ row: 4 }] });
  });

  it('of a cancelled job, by ten clicks at once, stores each row once', async () => {
    const person = await newImporter();
    const jobId = await cancelled(person);
    const answers = await whileWorkerStands(() =>
      Promise.all(Array.from({ length: 10 }, () => retry(person.token, jobId))),
    );
    for (const answer of answers) expect(answer).toMatchObject({ status: 202, body: { job_id: jobId, retries: 1 } });
    expect(await waitForJob(person.token, jobId)).toMatchObject({ status: 'completed', counts: { inserted: 2 } });
    expect(await revenueOf(person.token)).toBe(3.75);
  });

  it('can be cancelled, and the job be retried again', async () => {
    const person = await newImporter();
    const jobId = await cancelled(person);
    await whileWorkerStands(async () => {
      expect((await retry(person.token, jobId)).status).toBe(202);
      expect((await cancel(person.token, jobId)).body).toEqual({ job_id: jobId, status: 'cancelled' });
    });
    const answer = await parseFn('retryDataJob', { job_id: jobId }, { sessionToken: person.sessionToken });
    expect(answer.body.result).toMatchObject({ job_id: jobId, retries: 2 });
    expect(await waitForJob(person.token, jobId)).toMatchObject({ status: 'completed', retries: 2 });
    expect(await revenueOf(person.token)).toBe(3.75);
  });

  it('beside a cancel ends the job one way or the other, with all of its rows or none', async () => {
    const person = await newImporter();
    const jobId = await cancelled(person);
    await Promise.all([retry(person.token, jobId), cancel(person.token, jobId), retry(person.token, jobId)]);
    const job = await waitForJob(person.token, jobId);
    expect(await revenueOf(person.token)).toBe(job.status === 'completed' ? 3.75 : 0);
  });

  it('that was stored, but reached no queue, is done by the sweeper', async () => {
    const person = await newImporter();
    const jobId = await cancelled(person);
    // In this order: a queued job that somebody asked to cancel is ended by the sweeper.
    await withoutEnd(jobId);
    await changeJob(jobId, { status: 'queued', retries: 1, attempts: 0, updatedAt: new Date(0) });
    expect(await waitForJob(person.token, jobId)).toMatchObject({ status: 'completed', retries: 1 });
    expect(await revenueOf(person.token)).toBe(3.75);
  });

  it('waits until what the earlier try kept aside is removed', async () => {
    const person = await newImporter();
    const jobId = await cancelled(person);
    await changeJob(jobId, { lease_token: 'who-clears-up', lease_until: new Date(Date.now() + 600_000) });
    expect((await retry(person.token, jobId)).status).toBe(202);
    // The worker has had the job's turn when one that was sent later has ended.
    expect((await importFile(person.token, PURCHASES, ROWS.replaceAll('c1', 'c7'))).status).toBe('completed');
    expect((await status(person.token, jobId)).body).toMatchObject({ status: 'queued', attempts: 0 });
    await changeJob(jobId, { lease_until: new Date(0), updatedAt: new Date(0) });
    expect((await waitForJob(person.token, jobId)).status).toBe('completed');
  });
});

/** A queued job has no end, and nobody asked for one. */
async function withoutEnd(jobId: string): Promise<void> {
  const { body } = await parseRest(
    'GET',
    `/classes/DataJob?where=${encodeURIComponent(JSON.stringify({ job_id: jobId }))}`,
    {
      masterKey: true,
    },
  );
  const gone = { __op: 'Delete' };
  const changed = await parseRest('PUT', `/classes/DataJob/${body.results[0].objectId}`, {
    masterKey: true,
    body: { completed_at: gone, cancel_requested_at: gone },
  });
  expect(changed.status).toBe(200);
}

describe('a named import', () => {
  const NAMED = { ...PURCHASES, source_name: 'shop' };

  it('has its name back while it is retried: sent again, it is that job', async () => {
    const person = await newImporter();
    const jobId = await cancelled(person, NAMED);
    const sent = await whileWorkerStands(async () => {
      expect((await retry(person.token, jobId)).status).toBe(202);
      return sendFile(person.token, NAMED, ROWS);
    });
    expect(sent).toMatchObject({ status: 202, body: { job_id: jobId } });
    expect((await waitForJob(person.token, jobId)).status).toBe('completed');
    expect(await revenueOf(person.token)).toBe(3.75);
  });

  it('is not retried when it was sent again meanwhile', async () => {
    const person = await newImporter();
    const jobId = await cancelled(person, NAMED);
    expect((await importFile(person.token, NAMED, ROWS)).status).toBe('completed');
    expect(await retry(person.token, jobId)).toMatchObject({ status: 409, body: { error: { code: 'CONFLICT' } } });
    expect((await status(person.token, jobId)).body.status).toBe('cancelled');
    expect(await revenueOf(person.token)).toBe(3.75);
  });

  it('retried and sent again at the same time is one of the two', async () => {
    const person = await newImporter();
    const jobId = await cancelled(person, NAMED);
    const [retried, sent] = await Promise.all([retry(person.token, jobId), sendFile(person.token, NAMED, ROWS)]);
    expect(sent.status).toBe(202);
    if (retried.status === 202) expect(sent.body.job_id).toBe(jobId);
    else expect(retried.body.error.code).toBe('CONFLICT');
    expect((await waitForJob(person.token, sent.body.job_id)).status).toBe('completed');
    expect(await revenueOf(person.token)).toBe(3.75);
  });
});

describe('a retry is refused', () => {
  let person: Person;
  let jobId: string;
  beforeAll(async () => {
    person = await newImporter();
    jobId = await cancelled(person);
  });

  it('as unknown to whoever may not see the job', async () => {
    const member = await createPerson({ roles: ['tenant:member'], tenant: person.tenantId });
    const stranger = await newImporter(['tenant:admin']);
    for (const { token } of [member, stranger]) {
      expect(await retry(token, jobId)).toMatchObject({ status: 404, body: { error: { code: 'NOT_FOUND' } } });
    }
    expect((await retry(person.token, 'job_none')).status).toBe(404);
    expect((await api('POST', `/api/data/jobs/${jobId}/retry`)).status).toBe(401);
  });

  it('for a job that has not ended, and for one that is completed', async () => {
    const conflict = (now: string) => ({
      status: 409,
      body: { error: { code: 'CONFLICT', details: { status: now } } },
    });
    const waiting = await whileWorkerStands(async () => {
      const sent = await sendFile(person.token, PURCHASES, ROWS);
      expect(await retry(person.token, sent.body.job_id)).toMatchObject(conflict('queued'));
      return sent.body.job_id as string;
    });
    expect((await waitForJob(person.token, waiting)).status).toBe('completed');
    expect(await retry(person.token, waiting)).toMatchObject(conflict('completed'));
  });

  it('once the owner may not import any more; his tenant’s admin may', async () => {
    const owner = await createPerson({ roles: ['analyst'], tenant: person.tenantId });
    const theirs = await cancelled(owner);
    const body = { roles: ['tenant:member'] };
    expect((await api('PUT', `/api/users/${owner.id}`, { token: await adminToken(), body })).status).toBe(200);
    expect(await retry(owner.token, theirs)).toMatchObject({ status: 403, body: { error: { code: 'FORBIDDEN' } } });
    const admin = await createPerson({ roles: ['tenant:admin'], tenant: person.tenantId });
    expect((await retry(admin.token, theirs)).status).toBe(202);
    expect((await waitForJob(admin.token, theirs)).status).toBe('completed');
  });

  it('when the input is gone, which it is after seven days', async () => {
    const input = path.join(testServer().dataDir, 'uploads', await inputOf(jobId));
    const young = await cancelled(person);
    const kept = path.join(testServer().dataDir, 'uploads', await inputOf(young));
    for (const file of [input, kept]) utimesSync(file, daysAgo(9), daysAgo(9));
    await changeJob(young, { completed_at: daysAgo(6) });
    await changeJob(jobId, { completed_at: daysAgo(8) });
    const gone = { status: 410, body: { error: { code: 'GONE', message: expect.stringContaining('7 days') } } };
    expect(await retry(person.token, jobId)).toMatchObject(gone);
    const worker = spawnWorker(); // One that starts sweeps soon.
    await waitFor(() => !existsSync(input), { timeoutMs: 60_000 }).finally(() => worker.kill());
    expect(existsSync(kept)).toBe(true);
    expect((await retry(person.token, young)).status).toBe(202);
    expect((await waitForJob(person.token, young)).status).toBe('completed');
    // The end of a completed job takes the input along.
    await waitFor(() => !existsSync(kept));
  }, 120_000);
});
