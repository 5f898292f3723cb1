import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import { withDatabase } from '../accounts/support';
import { api, LANE, parseRest, spawnWorker, testServer, waitFor } from '../harness/app';
import { HeldInput } from './support/held-input';
import { importFile, newImporter, PURCHASES, revenueOf, sendFile, waitForJob } from './support/imports';
import { expireLease, HELD, holdPurchases, isHeld, longLog, progressOf, ROWS } from './support/database';

const ownWorker = (): number => testServer().workerPid;
/** The promise is a minute; a busy machine is given two. */
const TAKEN_OVER_MS = 120_000;

/** Begun once more. */
const takenOver = (token: string, jobId: string): Promise<boolean> =>
  waitFor(async () => (await api('GET', `/api/data/status/${jobId}`, { token })).body.attempts >= 2, {
    timeoutMs: TAKEN_OVER_MS,
    everyMs: 200,
  });

const ONE_ROW = 'customer_id,purchased_at,amount\nlate,2024-03-01,1';

/** Stands still in the middle of a write: on PostgreSQL within its transaction, on MongoDB between two batches. */
async function standStillInWrite(worker: ChildProcess, jobId: string): Promise<void> {
  if (LANE === 'mongo') {
    await waitFor(async () => (await progressOf(jobId)).stored > 0, { timeoutMs: 90_000, everyMs: 10 });
    worker.kill('SIGSTOP');
    return;
  }
  const release = await holdPurchases();
  await waitFor(isHeld, { timeoutMs: 90_000 });
  worker.kill('SIGSTOP');
  await release();
}

/** objectId of one row that the import stored. */
function anyRowOf(jobId: string): Promise<string> {
  return withDatabase({
    postgres: async (db) =>
      (await db.query<{ id: string }>('select "objectId" as id from "Purchase" where import_id = $1 limit 1', [jobId]))
        .rows[0]!.id,
    mongo: async (db) => String((await db.collection('Purchase').findOne({ import_id: jobId }))!._id),
  });
}

describe('a worker that stands still within an import', () => {
  let worker: ChildProcess;
  // The server's own one is the worker that takes over.
  beforeEach(() => {
    process.kill(ownWorker(), 'SIGSTOP');
    worker = spawnWorker();
  });
  afterEach(async () => {
    process.kill(ownWorker(), 'SIGCONT');
    if (worker.exitCode !== null || worker.signalCode !== null) return;
    worker.kill('SIGKILL');
    await once(worker, 'exit');
  });

  /** The woken worker works again, and has changed nothing of the import that it lost. */
  async function expectHarmless(jobId: string, stored: number): Promise<void> {
    process.kill(ownWorker(), 'SIGSTOP');
    worker.kill('SIGCONT');
    const { token } = await newImporter();
    expect((await importFile(token, PURCHASES, ONE_ROW)).status).toBe('completed');
    expect(worker.exitCode).toBeNull();
    expect((await progressOf(jobId)).stored).toBe(stored);
  }

  it('in its write loses it to another one, holds nobody up, and writes nothing when it wakes', async () => {
    const { token, tenantId } = await newImporter();
    const { job_id: jobId } = (await sendFile(token, PURCHASES, longLog())).body as { job_id: string };
    await standStillInWrite(worker, jobId);
    process.kill(ownWorker(), 'SIGCONT');
    const second = (await sendFile(token, PURCHASES, ONE_ROW)).body as { job_id: string };
    // A customer whom the import has made, but not committed.
    const saved = parseRest('POST', '/classes/Customer', { masterKey: true, body: customerOf(tenantId, 'c1') });
    await takenOver(token, jobId);
    expect((await waitForJob(token, jobId)).counts).toMatchObject({ read: ROWS, inserted: ROWS - HELD });
    expect((await waitForJob(token, second.job_id)).status).toBe('completed');
    // Made before the import's own, or after it.
    expect([201, 400]).toContain((await saved).status);
    expect(await revenueOf(token)).toBe(ROWS - HELD + 1);
    const removed = await parseRest('DELETE', `/classes/Purchase/${await anyRowOf(jobId)}`, { masterKey: true });
    expect(removed.status).toBe(200);
    await expectHarmless(jobId, ROWS - HELD - 2);
  }, 300_000);

  it('in its reading loses it to another one, and stages nothing when it wakes', async () => {
    const { token } = await newImporter();
    const { job_id: jobId } = (await sendFile(token, PURCHASES, longLog())).body as { job_id: string };
    process.kill(worker.pid!, 'SIGSTOP');
    const input = await HeldInput.of(jobId);
    input.give(ROWS * 0.6);
    process.kill(worker.pid!, 'SIGCONT');
    const isReading = async (): Promise<boolean> => (await progressOf(jobId)).staged > 0;
    await waitFor(isReading, { timeoutMs: 90_000, everyMs: 10 });
    worker.kill('SIGSTOP');
    await expireLease(jobId);
    input.restore();
    process.kill(ownWorker(), 'SIGCONT');
    await takenOver(token, jobId);
    expect((await waitForJob(token, jobId)).counts).toMatchObject({ read: ROWS, inserted: ROWS - HELD });
    expect(await revenueOf(token)).toBe(ROWS - HELD);
    await expectHarmless(jobId, ROWS - HELD - 1);
  }, 300_000);

  it('can be cancelled though no other worker is there, and leaves nothing', async () => {
    const { token } = await newImporter();
    const jobId = (await sendFile(token, PURCHASES, longLog())).body.job_id as string;
    process.kill(worker.pid!, 'SIGSTOP');
    const input = await HeldInput.of(jobId);
    input.give(ROWS * 0.6);
    process.kill(worker.pid!, 'SIGCONT');
    await waitFor(async () => (await progressOf(jobId)).staged > 0, { timeoutMs: 90_000, everyMs: 10 });
    worker.kill('SIGSTOP');
    const cancelled = await api('POST', `/api/queue/jobs/${jobId}/cancel`, { token });
    expect(cancelled).toMatchObject({ status: 202, body: { status: 'processing' } });
    await expireLease(jobId);
    // Heard by the web process, now that the silent worker is taken for dead.
    expect((await waitForJob(token, jobId, TAKEN_OVER_MS)).status).toBe('cancelled');
    input.close();
    await expectHarmless(jobId, 0);
    expect(await revenueOf(token)).toBe(0);
  }, 300_000);
});

const customerOf = (tenantId: string, externalId: string): object => ({
  external_id: externalId,
  tenant: { __type: 'Pointer', className: 'Tenant', objectId: tenantId },
});
