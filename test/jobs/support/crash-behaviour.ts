import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { config } from '../../../core/config';
import { openQueue, type OpenQueue } from '../../../core/queue/bullmq';
import { waitFor } from '../../harness/app';
import { rounds } from '../../harness/depth';
import { openTestBackend, type TestBackend } from './backends';
import { addManyAndDie, kill, startChild } from './children';
import { countEffects, effectJob, manyPayloads, poisonJob, postponedJob, TEST_QUEUES } from './test-jobs';

const JOBS = 500;
const KILLS = rounds(10);
const MANY = 2500;

/** Shorter than in production, where each kill costs 10 to 15 s until the lock runs out. */
const QUICK = { lockMs: 3000, maxStalled: 10 };
const POISON_DEATHS = 3;

/** What holds when worker processes die without a word. */
export function describeCrashBehaviour(kind: 'postgres' | 'redis'): void {
  let backend: TestBackend;
  let queue: OpenQueue;
  let child: ChildProcess | undefined;

  beforeAll(async () => {
    backend = await openTestBackend(kind);
    Object.assign(backend.settings, QUICK);
    queue = await openQueue(config(), TEST_QUEUES, backend.settings);
  });
  afterEach(async () => {
    if (child) await kill(child);
  });
  afterAll(async () => {
    await queue.close();
    await backend.close();
  });

  it(`loses no job when its worker is killed ${KILLS} times`, async () => {
    const run = randomUUID();
    const job = effectJob(backend.pool, 0);
    for (let i = 0; i < JOBS; i += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, n) => queue.port.add(job, { run, key: `k${i + n}` }, {})));
    }
    for (let i = 0; i < KILLS; i += 1) {
      child = await startChild(backend);
      await sleep(100 + Math.random() * 400);
      await kill(child);
    }
    child = await startChild(backend);
    await waitFor(async () => (await countEffects(backend.pool, run)).rows === JOBS, {
      timeoutMs: 90_000,
      everyMs: 500,
    });
    const { repeated } = await countEffects(backend.pool, run);
    // At least once, and not often more: a killed worker held at most its share.
    expect(repeated).toBeLessThan(JOBS);
    expect(await deadLetters()).toBe(0);
  }, 240_000);

  it('ends a job that kills its worker each time, and runs the others', async () => {
    const run = randomUUID();
    const job = effectJob(backend.pool, 0);
    await queue.queue('analytics').add(poisonJob.name, {}, { priority: 1, attempts: 4, backoff: 10 });
    for (let i = 0; i < 20; i += 1) await queue.port.add(job, { run, key: `k${i}` }, {});
    let deaths = 0;
    backend.settings.maxStalled = POISON_DEATHS - 1;
    for (const until = Date.now() + 100_000; Date.now() < until && (await deadLetters()) === 0;) {
      child = await startChild(backend);
      if (await hasDied(child, async () => (await deadLetters()) > 0)) deaths += 1;
    }
    await waitFor(async () => (await countEffects(backend.pool, run)).rows === 20);
    expect(await deadLetters()).toBe(1);
    expect(deaths).toBe(POISON_DEATHS);
  }, 150_000);

  it('has each job once when who added many was killed half-way, and did it again', async () => {
    const run = randomUUID();
    const job = effectJob(backend.pool, 0);
    const waiting = async (): Promise<number> => (await queue.counts())['data-processing']!.waiting;
    expect(await waiting()).toBe(0);
    expect(await addManyAndDie(backend, run, MANY)).toBe('SIGKILL');
    const before = await waiting();
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(MANY);
    // Two at once, as sweepers of two workers would, and one the other way round.
    const payloads = manyPayloads(run, MANY);
    await Promise.all([
      queue.port.addMany(job, payloads, {}),
      queue.port.addMany(job, payloads, {}),
      queue.port.addMany(job, [...payloads].reverse(), {}),
    ]);
    expect(await waiting()).toBe(MANY);
    child = await startChild(backend);
    await waitFor(async () => (await waiting()) === 0 && (await countEffects(backend.pool, run)).rows === MANY, {
      timeoutMs: 60_000,
    });
    expect(await countEffects(backend.pool, run)).toEqual({ rows: MANY, repeated: 0 });
  }, 120_000);

  it('keeps a job that was put off, and its time, when its worker is killed', async () => {
    const run = randomUUID();
    const until = Date.now() + 4000;
    child = await startChild(backend);
    await queue.port.add(postponedJob(backend.pool), { run, until }, {});
    await waitFor(async () => (await queue.counts())['data-processing']!.delayed === 1, { everyMs: 20 });
    await kill(child);
    // Held by nobody: its time alone brings it back, not a lock that runs out.
    child = await startChild(backend);
    await waitFor(async () => (await countEffects(backend.pool, run)).rows > 0, { timeoutMs: 30_000 });
    expect(Date.now()).toBeGreaterThanOrEqual(until);
    expect(await countEffects(backend.pool, run)).toEqual({ rows: 1, repeated: 0 });
  }, 60_000);

  async function deadLetters(): Promise<number> {
    return (await countEffects(backend.pool, 'dead')).rows;
  }

  beforeEach(() => backend.pool.query(`delete from jobs_test.effect where run = 'dead'`));
}

/** Waits for the worker's death, or for what makes waiting pointless. */
async function hasDied(child: ChildProcess, isOver: () => Promise<boolean>): Promise<boolean> {
  for (const until = Date.now() + 20_000; Date.now() < until;) {
    if (child.signalCode !== null || child.exitCode !== null) return true;
    if (await isOver()) return false;
    await sleep(100);
  }
  return false;
}
