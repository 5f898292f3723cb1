import { randomUUID } from 'node:crypto';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Pool } from 'pg';
import { parseRest, spawnWorker, testServer, waitFor } from '../harness/app';

interface JobStatus {
  objectId: string;
  jobName: string;
  status: string;
  createdAt: string;
}

const MASTER = { masterKey: true } as const;

/** Runs of cleanupJobs since then, oldest first. */
async function runsSince(since: Date): Promise<JobStatus[]> {
  const where = encodeURIComponent(JSON.stringify({ jobName: 'cleanupJobs' }));
  const answer = await parseRest<{ results: JobStatus[] }>(
    'GET',
    `/classes/_JobStatus?where=${where}&limit=1000`,
    MASTER,
  );
  return answer.body.results.filter((row) => new Date(row.createdAt) >= since);
}

async function createSchedule(fields: object): Promise<string> {
  const answer = await parseRest('POST', '/cloud_code/jobs', {
    ...MASTER,
    body: { job_schedule: { jobName: 'cleanupJobs', description: randomUUID(), params: '{}', ...fields } },
  });
  expect(answer.status).toBe(201);
  return answer.body.objectId as string;
}

/** A daily schedule that ran today runs next tomorrow. */
async function moveToPassedTime(id: string): Promise<void> {
  const passed = new Date(Date.now() - 60_000).toISOString().slice(11, 16);
  const answer = await parseRest('PUT', `/cloud_code/jobs/${id}`, {
    ...MASTER,
    body: { job_schedule: { ...DAILY, timeOfDay: `${passed}:00.000Z` } },
  });
  expect(answer.status).toBe(200);
}

const DAILY = {
  jobName: 'cleanupJobs',
  params: '{}',
  startAfter: new Date(Date.now() - 3 * 86_400_000).toISOString(),
  daysOfWeek: [1, 1, 1, 1, 1, 1, 1],
  repeatMinutes: 1440,
};

describe('schedules made in Parse Dashboard', () => {
  const pool = new Pool({ connectionString: testServer().databaseUri, max: 2 });
  const scheduleIds: string[] = [];
  const workers: ChildProcess[] = [];
  /** It looks at the schedules two seconds after its start, and not again for half a minute. */
  function startWorker(): ChildProcess {
    workers.push(spawnWorker());
    return workers.at(-1)!;
  }
  /** Ends a worker in order, which waits for the look that it is taking. */
  async function end(worker: ChildProcess): Promise<void> {
    const ended = once(worker, 'exit');
    worker.send({ type: 'shutdown' });
    expect(await ended).toEqual([0, null]);
  }
  afterAll(async () => {
    // Where a test has ended before they were asked to.
    for (const worker of workers) worker.kill('SIGKILL');
    for (const id of scheduleIds) await parseRest('DELETE', `/cloud_code/jobs/${id}`, MASTER);
    await pool.end();
  });

  it('run each slot once, however many workers there are, and note the run', async () => {
    const since = new Date();
    scheduleIds.push(await createSchedule({ startAfter: new Date().toISOString() }));
    // Daily, and its time today has passed.
    scheduleIds.push(await createSchedule({ ...DAILY, timeOfDay: '00:00:00.000Z' }));
    const racers = [startWorker(), startWorker()];
    const ready = racers.map((racer) => once(racer, 'message'));
    await waitFor(async () => (await runsSince(since)).length >= 2, { timeoutMs: 50_000, everyMs: 200 });
    await Promise.all(ready);
    await moveToPassedTime(scheduleIds[1]!);
    // The only worker that is awake: it has looked when it has run what became due last.
    process.kill(testServer().workerPid, 'SIGSTOP');
    try {
      await Promise.all(racers.map(end));
      const last = startWorker();
      await once(last, 'message');
      scheduleIds.push(await createSchedule({ startAfter: new Date().toISOString() }));
      await waitFor(async () => (await runsSince(since)).length >= 3, { timeoutMs: 50_000, everyMs: 200 });
      await end(last);
    } finally {
      process.kill(testServer().workerPid, 'SIGCONT');
    }
    const runs = await runsSince(since);
    expect(runs.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    const { rows } = await pool.query<{ schedule_id: string; started: boolean }>(
      'select schedule_id, started_at is not null as started from app.job_slot where schedule_id = any($1)',
      [scheduleIds],
    );
    expect(rows.map(({ started }) => started)).toEqual([true, true, true]);
    const edited = await pool.query('select 1 from app.job_edit where schedule_id = $1', [scheduleIds[1]]);
    expect(edited.rowCount).toBe(1);
    const stored = await parseRest<{ lastRun: number }[]>('GET', '/cloud_code/jobs', MASTER);
    for (const id of scheduleIds) {
      const row = stored.body.find((schedule: object) => (schedule as { objectId: string }).objectId === id);
      expect(row!.lastRun).toBeGreaterThanOrEqual(since.getTime());
    }
  }, 120_000);

  it('with an unknown job fail alone, and are not tried again', async () => {
    // The server refuses to store such a row; it comes from a release that had the job.
    const id = `x${randomUUID().slice(0, 8)}`;
    await pool.query(
      `insert into "_JobSchedule" ("objectId", "createdAt", "updatedAt", "jobName", "startAfter") values ($1, now(), now(), 'gone', $2)`,
      [id, new Date().toISOString()],
    );
    scheduleIds.push(id);
    startWorker();
    await waitFor(
      async () => {
        const { rows } = await pool.query(
          'select 1 from app.job_slot where schedule_id = $1 and started_at is not null and job_status_id is null',
          [id],
        );
        return rows.length === 1;
      },
      { timeoutMs: 45_000, everyMs: 200 },
    );
  });
});
