// PostgreSQL lane: the import is one transaction there, which is what a SIGKILL tests hardest.
import { once } from 'node:events';
import { api, spawnWorker, testServer, waitFor } from '../harness/app';
import { rounds } from '../harness/depth';
import { expireLease } from './support/database';
import { newImporter, PURCHASES, resultsOf, revenueOf, sendFile, waitForJob } from './support/imports';

const KILLS = rounds(10);
/** From an import's first read to its commit. */
const SPAN_MS = 1000;
const ROWS = 20_000;

describe('workers that are killed during imports', () => {
  const ownWorker = (): number => testServer().workerPid;
  // Otherwise the server's own worker, which is not killed, would take the jobs.
  beforeAll(() => process.kill(ownWorker(), 'SIGSTOP'));
  afterAll(() => process.kill(ownWorker(), 'SIGCONT'));

  it(`leave each row once after ${KILLS} SIGKILLs`, async () => {
    const { token } = await newImporter();
    const lines = Array.from({ length: ROWS }, (_line, index) => `c${index % 3000},2024-01-${10 + (index % 20)},1`);
    const file = `customer_id,purchased_at,amount\n${lines.join('\n')}`;
    const jobs: string[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const worker = spawnWorker();
      const sent = await sendFile(token, PURCHASES, file);
      expect(sent.status).toBe(202);
      const jobId: string = sent.body.job_id;
      jobs.push(jobId);
      const isTaken = async () => (await api('GET', `/api/data/status/${jobId}`, { token })).body.status !== 'queued';
      await waitFor(isTaken, { timeoutMs: 60_000, everyMs: 20 });
      // Not a wait for something: the kill shall hit another moment of the import each time.
      await new Promise((resolve) => setTimeout(resolve, (SPAN_MS * kill) / KILLS));
      worker.kill('SIGKILL');
      await once(worker, 'exit');
      await expireLease(jobId);
    }
    process.kill(ownWorker(), 'SIGCONT');
    for (const jobId of jobs) {
      const job = await waitForJob(token, jobId, 240_000);
      expect(job).toMatchObject({ status: 'completed', counts: { read: ROWS, inserted: ROWS } });
      expect((await resultsOf(token, jobId, 'limit=1')).total).toBe(ROWS);
    }
    expect(await revenueOf(token)).toBe(ROWS * jobs.length);
  }, 600_000);
});
