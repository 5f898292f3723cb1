import { once } from 'node:events';
import { withDatabase } from '../accounts/support';
import { api, LANE, spawnWorker, testServer, waitFor } from '../harness/app';
import { HeldInput } from './support/held-input';
import { importFile, newImporter, PURCHASES, resultsOf, revenueOf, sendFile, waitForJob } from './support/imports';
import {
  changeStagedRow,
  expireLease,
  HELD,
  holdPurchases,
  isHeld,
  longLog,
  progressOf,
  ROWS,
  sendBackToFigures,
  waitForEmptyStage,
} from './support/database';

type Progress = Awaited<ReturnType<typeof progressOf>>;
type Milestone = (progress: Progress) => boolean;

const ownWorker = (): number => testServer().workerPid;
const isReading: Milestone = ({ phase, staged }) => phase === 'reading' && staged > 0;
const onlyIn = (lane: 'postgres' | 'mongo'): jest.It => ((LANE === 'mongo') === (lane === 'mongo') ? it : it.skip);

/** Input lines after which the stage has rows, and after which it has more. Not the header. */
const SOME_LINES = ROWS * 0.6;
const MOST_LINES = ROWS * 0.95;

const reach = (jobId: string, milestone: Milestone) =>
  waitFor(async () => milestone(await progressOf(jobId)), { timeoutMs: 90_000, everyMs: 10 });

const send = async (token: string): Promise<string> =>
  (await sendFile(token, PURCHASES, longLog())).body.job_id as string;

/** Only the first lines can be read, until the test gives more. */
async function sendHeld(token: string): Promise<{ jobId: string; input: HeldInput }> {
  const jobId = await send(token);
  const input = await HeldInput.of(jobId);
  input.give(SOME_LINES);
  return { jobId, input };
}

/** Otherwise the server's own worker, which is not killed, would take the jobs. */
async function whileWorkerStands<T>(work: () => Promise<T>): Promise<T> {
  process.kill(ownWorker(), 'SIGSTOP');
  return work().finally(() => process.kill(ownWorker(), 'SIGCONT'));
}

const cancel = async (token: string, jobId: string): Promise<number> =>
  (await api('POST', `/api/queue/jobs/${jobId}/cancel`, { token })).status;

/** A worker of its own, killed as soon as the import has come so far. */
async function killWorkerAt(jobId: string, milestone: Milestone): Promise<Progress> {
  const worker = spawnWorker();
  await reach(jobId, milestone);
  worker.kill('SIGKILL');
  await once(worker, 'exit');
  await expireLease(jobId);
  return progressOf(jobId);
}

async function expectWhole(token: string, jobId: string, revenue: number): Promise<void> {
  const job = await waitForJob(token, jobId, 170_000);
  expect(job).toMatchObject({ status: 'completed', counts: { read: ROWS, inserted: ROWS - HELD, rejected: HELD } });
  // Two rows are one order.
  const { total, errors } = await resultsOf(token, jobId, 'limit=5');
  expect(total).toBe(ROWS - HELD - 1);
  expect(errors.items.map(({ row, code }) => [row, code])).toEqual([
    [4, 'ORDER_CONFLICT'],
    [ROWS, 'INVALID_NUMBER'],
  ]);
  expect((await progressOf(jobId)).stored).toBe(ROWS - HELD - 1);
  expect(await revenueOf(token)).toBe(revenue);
  await waitForEmptyStage(jobId);
}

describe('an import whose workers are killed', () => {
  // Otherwise the server's own worker, which is not killed, would take the jobs.
  beforeEach(() => process.kill(ownWorker(), 'SIGSTOP'));
  afterEach(() => process.kill(ownWorker(), 'SIGCONT'));

  it('goes on from the last rows that were staged, kill after kill', async () => {
    const { token } = await newImporter();
    const { jobId, input } = await sendHeld(token);
    const { staged } = await killWorkerAt(jobId, isReading);
    await changeStagedRow(jobId);
    input.give(MOST_LINES);
    const later = await killWorkerAt(jobId, (now) => now.staged > staged);
    expect(later.phase).toBe('reading');
    input.restore();
    await killWorkerAt(jobId, ({ phase }) => phase !== 'reading');
    process.kill(ownWorker(), 'SIGCONT');
    // 7.00 instead of 1.00: no later run made that row again.
    await expectWhole(token, jobId, ROWS - HELD + 6);
  }, 400_000);

  // PostgreSQL writes in one transaction, of which nobody else sees a part.
  onlyIn('mongo')(
    'while they write stores each row once, and can no more be cancelled',
    async () => {
      const { token } = await newImporter();
      const jobId = await send(token);
      const killed = await killWorkerAt(jobId, ({ stored }) => stored > 0);
      expect(killed.phase).toBe('applying');
      expect(await cancel(token, jobId)).toBe(409);
      process.kill(ownWorker(), 'SIGCONT');
      await expectWhole(token, jobId, ROWS - HELD);
    },
    300_000,
  );
});

it('an import whose rows are written does not fail any more, however many workers die', async () => {
  const { token } = await newImporter();
  const { job_id } = await importFile(token, PURCHASES, 'customer_id,purchased_at,amount\nc1,2024-01-01,1');
  await sendBackToFigures(job_id);
  expect((await waitForJob(token, job_id)).status).toBe('completed');
}, 60_000);

describe('an import that is cancelled', () => {
  const expectNothing = async (token: string, jobId: string): Promise<void> => {
    expect((await waitForJob(token, jobId)).status).toBe('cancelled');
    expect((await progressOf(jobId)).stored).toBe(0);
    expect(await revenueOf(token)).toBe(0);
    await waitForEmptyStage(jobId);
  };

  it('while it reads stops, and leaves nothing', async () => {
    const { token } = await newImporter();
    const { jobId, input } = await whileWorkerStands(() => sendHeld(token));
    await reach(jobId, isReading);
    expect(await cancel(token, jobId)).toBe(202);
    input.giveRest();
    await expectNothing(token, jobId).finally(() => input.close());
  }, 120_000);

  it('between the runs of killed workers leaves nothing', async () => {
    const { token } = await newImporter();
    const jobId = await whileWorkerStands(async () => {
      const held = await sendHeld(token);
      await killWorkerAt(held.jobId, isReading);
      held.input.restore();
      expect(await cancel(token, held.jobId)).toBe(202);
      return held.jobId;
    });
    await expectNothing(token, jobId);
  }, 120_000);

  onlyIn('postgres')(
    'while it writes takes everything back',
    async () => {
      const { token, tenantId } = await newImporter();
      const release = await holdPurchases();
      const jobId = await send(token);
      await waitFor(isHeld, { timeoutMs: 90_000 });
      const status = await cancel(token, jobId).finally(release);
      expect(status).toBe(202);
      await expectNothing(token, jobId);
      const customers = await withDatabase({
        postgres: (db) => db.query('select 1 from "Customer" where tenant = $1', [tenantId]),
        mongo: () => Promise.reject(new Error('PostgreSQL only.')),
      });
      expect(customers.rows).toEqual([]);
    },
    120_000,
  );
});
