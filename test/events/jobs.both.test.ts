import { once } from 'node:events';
import { cancel, changeJob, retry, status, STRICT, whileWorkerStands } from '../data-jobs/support/jobs';
import { spawnWorker, testServer, waitFor } from '../harness/app';
import { expireLease } from '../imports/support/database';
import { importFile, newImporter, PURCHASES, sendFile, waitForJob } from '../imports/support/imports';
import { byType, settledEventsOf } from './support/told';

const ROWS = 'order_id,customer_id,purchased_at,amount\nA,c1,2024-01-01,1.50\nB,c2,2024-01-02,2.25\n';
const BAD = `${ROWS}C,c3,never,1\n`;

describe('the end of a data job is an event', () => {
  it('completed: with what became of the records, and nothing else happened', async () => {
    const { token, tenantId } = await newImporter();
    const job = await importFile(token, PURCHASES, BAD);
    expect(job.status).toBe('completed');
    const [event, ...others] = await settledEventsOf(tenantId);
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      type: 'data_processed',
      data: {
        job_id: job.job_id,
        kind: 'import',
        records: { read: 3, inserted: 2, updated: 0, skipped: 0, rejected: 1 },
        details: { data_type: 'purchases', dry_run: false },
      },
    });
  });

  it('failed, retried and failed again: one for each end, with its code', async () => {
    const { token, tenantId } = await newImporter();
    const job = await importFile(token, STRICT, BAD);
    expect(job.status).toBe('failed');
    expect((await retry(token, job.job_id)).status).toBe(202);
    expect((await waitForJob(token, job.job_id)).status).toBe('failed');
    const events = await settledEventsOf(tenantId);
    expect(byType(events)).toEqual({ data_failed: 2 });
    for (const { data } of events)
      expect(data).toMatchObject({
        job_id: job.job_id,
        error_code: 'VALIDATION_ERROR',
        records: { read: 3, rejected: 1 },
      });
  });

  it('given up, because every worker died of it: failed', async () => {
    const { token, tenantId } = await newImporter();
    const jobId = await whileWorkerStands(async () => {
      const sent = await sendFile(token, PURCHASES, ROWS);
      await changeJob(sent.body.job_id, { attempts: 30, updatedAt: new Date(0) });
      return sent.body.job_id as string;
    });
    expect((await waitForJob(token, jobId)).status).toBe('failed');
    const events = await settledEventsOf(tenantId);
    expect(events.map(({ type, data }) => [type, data['error_code']])).toEqual([['data_failed', 'INTERNAL_ERROR']]);
  });

  it('a dry run says that it was one', async () => {
    const { token, tenantId } = await newImporter();
    await importFile(token, { ...PURCHASES, dry_run: true }, ROWS);
    const events = await settledEventsOf(tenantId);
    expect(events).toMatchObject([{ type: 'data_processed', data: { details: { dry_run: true } } }]);
  });

  it('cancelled: none; retried, its end is one', async () => {
    const { token, tenantId } = await newImporter();
    const jobId = await whileWorkerStands(async () => {
      const sent = await sendFile(token, PURCHASES, ROWS);
      expect((await cancel(token, sent.body.job_id)).body.status).toBe('cancelled');
      return sent.body.job_id as string;
    });
    expect(await settledEventsOf(tenantId)).toEqual([]);
    expect((await retry(token, jobId)).status).toBe(202);
    expect((await waitForJob(token, jobId)).status).toBe('completed');
    expect(byType(await settledEventsOf(tenantId))).toEqual({ data_processed: 1 });
  });
});

it('workers that are killed around the end of jobs leave one event a job', async () => {
  const KILLS = 8;
  const { token, tenantId } = await newImporter();
  const jobs: string[] = [];
  process.kill(testServer().workerPid, 'SIGSTOP');
  try {
    for (let kill = 0; kill < KILLS; kill++) {
      const worker = spawnWorker();
      const { job_id: jobId } = (await sendFile(token, PURCHASES, ROWS.replaceAll(/^[AB]/gm, `${kill}$&`))).body;
      jobs.push(jobId);
      await waitFor(async () => (await status(token, jobId)).body.status !== 'queued', {
        timeoutMs: 60_000,
        everyMs: 5,
      });
      // Not a wait for something: the kill shall hit another moment around the end each time.
      await new Promise((resolve) => setTimeout(resolve, kill * 12));
      worker.kill('SIGKILL');
      await once(worker, 'exit');
      await expireLease(jobId);
    }
  } finally {
    process.kill(testServer().workerPid, 'SIGCONT');
  }
  for (const jobId of jobs) expect((await waitForJob(token, jobId)).status).toBe('completed');
  const events = await settledEventsOf(tenantId);
  expect(byType(events)).toEqual({ data_processed: KILLS });
  expect(new Set(events.map(({ data }) => data['job_id']))).toEqual(new Set(jobs));
}, 300_000);
