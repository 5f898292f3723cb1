import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { z } from 'zod';
import { PostponeError } from '../../../core/queue/outcomes';
import { defineJob, type JobDefinition, type QueueDefinition } from '../../../core/job';

/** The queues that the tests of this folder use. */
export const TEST_QUEUES: readonly QueueDefinition[] = ['data-processing', 'analytics', 'cleanup'].map((name) => ({
  name,
  share: 30,
}));

/** So many jobs at once in each of them. */
export const sharesOf = (concurrency: number): ReadonlyMap<string, number> =>
  new Map(TEST_QUEUES.map(({ name }) => [name, concurrency]));

/** A job from its handler; everything else can be left to the test's taste. */
export function testJob(
  name: string,
  handler: JobDefinition['handler'],
  more: Partial<Omit<JobDefinition, 'name' | 'handler'>> = {},
): JobDefinition {
  return {
    name,
    queue: 'data-processing',
    jobClass: 'normal',
    timeoutMs: 30_000,
    payload: z.strictObject({ key: z.string() }),
    dedupKey: (payload: unknown) => (payload as { key: string }).key,
    handler,
    ...more,
  };
}

/** Each try of a job counts once in its row: a row missing is a job lost. */
export function effectJob(pool: Pool, workMs: number): JobDefinition {
  return defineJob({
    name: 'test.effect',
    queue: 'data-processing',
    jobClass: 'normal',
    timeoutMs: 30_000,
    payload: z.strictObject({ run: z.string(), key: z.string() }),
    dedupKey: ({ run, key }) => `${run}:${key}`,
    handler: async (_ctx, { run, key }) => {
      await sleep(workMs);
      await pool.query(
        `insert into jobs_test.effect as e (run, key) values ($1, $2)
         on conflict (run, key) do update set times = e.times + 1`,
        [run, key],
      );
    },
  });
}

export const manyPayloads = (run: string, count: number): { run: string; key: string }[] =>
  Array.from({ length: count }, (_, n) => ({ run, key: `k${n}` }));

/** Puts itself off until the given time; its effect then names the try. */
export function postponedJob(pool: Pool): JobDefinition {
  return defineJob({
    name: 'test.postponed',
    queue: 'data-processing',
    jobClass: 'normal',
    timeoutMs: 30_000,
    payload: z.strictObject({ run: z.string(), until: z.number() }),
    dedupKey: ({ run }) => run,
    handler: async (_ctx, { run, until }, { attempt }) => {
      if (Date.now() < until) throw new PostponeError(new Date(until));
      await pool.query(
        `insert into jobs_test.effect as e (run, key) values ($1, $2)
         on conflict (run, key) do update set times = e.times + 1`,
        [run, `try ${attempt}`],
      );
    },
  });
}

/** Kills its process whenever it runs. */
export const poisonJob: JobDefinition = defineJob({
  name: 'test.poison',
  queue: 'analytics',
  jobClass: 'high',
  timeoutMs: 30_000,
  payload: z.strictObject({}),
  dedupKey: () => 'poison',
  handler: async () => {
    // The neighbours finish first: a job that runs in each killed process cannot be told from the poison.
    await sleep(1000);
    process.kill(process.pid, 'SIGKILL');
    await sleep(10_000);
  },
});

export async function countEffects(pool: Pool, run: string): Promise<{ rows: number; repeated: number }> {
  const { rows } = await pool.query<{ rows: number; repeated: number }>(
    `select count(*)::int as rows, coalesce(sum(times - 1), 0)::int as repeated from jobs_test.effect where run = $1`,
    [run],
  );
  return rows[0]!;
}
