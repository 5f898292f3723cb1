import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { config } from '../../../core/config';
import type { JobDefinition, JobRun } from '../../../core/job';
import { openQueue, type OpenQueue, type QueueCounts } from '../../../core/queue/bullmq';
import { enqueueMany, setQueue } from '../../../core/queue';
import { GiveUpError, PostponeError } from '../../../core/queue/outcomes';
import { collectLimits, ProviderLimits, type TokenStore } from '../../../core/queue/provider-limits';
import type { DeadLetterSink } from '../../../jobs/failure';
import { syncSchedules } from '../../../jobs/schedules';
import { startWorkers, type RunningWorkers } from '../../../jobs/workers';
import { waitFor } from '../../harness/app';
import { rounds } from '../../harness/depth';
import { openTestBackend, type TestBackend } from './backends';
import { sharesOf, TEST_QUEUES, testJob } from './test-jobs';

type Letter = Parameters<DeadLetterSink>[1];

/** What a job may rely on, whichever backend carries it. */
export function describeQueueBehaviour(kind: 'postgres' | 'redis'): void {
  let backend: TestBackend;
  let queue: OpenQueue;
  let workers: RunningWorkers[] = [];
  const letters: Letter[] = [];

  const start = async (
    definitions: JobDefinition[],
    concurrency = 10,
    drainMs = 300,
    limits?: ProviderLimits,
  ): Promise<RunningWorkers> => {
    const started = await startWorkers({
      queue,
      definitions,
      shares: sharesOf(concurrency),
      drainMs,
      ...(limits ? { limits } : {}),
      deadLetters: (_ctx, letter) => Promise.resolve(void letters.push(letter)),
    });
    workers.push(started);
    return started;
  };
  const add = (definition: JobDefinition, key: string, delayMs?: number): Promise<void> =>
    queue.port.add(definition, { key }, delayMs ? { delayMs } : {});

  const tokenStore = (): TokenStore =>
    backend.settings.backend.kind === 'redis'
      ? { kind: 'redis', url: backend.settings.backend.url }
      : { kind: 'postgres', pool: backend.pool };
  const counts = async (): Promise<QueueCounts> => (await queue.counts())['data-processing']!;

  beforeAll(async () => {
    backend = await openTestBackend(kind);
    queue = await openQueue(config(), TEST_QUEUES, backend.settings);
    setQueue(queue.port);
  });
  afterEach(async () => {
    await Promise.all(workers.map((running) => running.stop()));
    workers = [];
    letters.length = 0;
    for (const { name } of TEST_QUEUES) await queue.queue(name).obliterate({ force: true });
  });
  afterAll(async () => {
    await queue.close();
    await backend.close();
  });

  it('runs waiting jobs in the order of their classes', async () => {
    const order: string[] = [];
    const definitions = (['batch', 'low', 'high', 'normal'] as const).map((jobClass) =>
      testJob(`test.${jobClass}`, () => Promise.resolve(void order.push(jobClass)), { jobClass }),
    );
    for (const definition of definitions) await add(definition, 'a');
    await start(definitions, 1);
    await waitFor(() => order.length === 4);
    expect(order).toEqual(['high', 'normal', 'low', 'batch']);
  });

  it('holds a delayed job back', async () => {
    let ranAt = 0;
    const job = testJob('test.delayed', () => Promise.resolve(void (ranAt = Date.now())));
    await start([job]);
    const addedAt = Date.now();
    await add(job, 'a', 600);
    await waitFor(() => ranAt);
    expect(ranAt - addedAt).toBeGreaterThanOrEqual(590);
  });

  it('tries again with growing pauses, then keeps a dead letter and calls onExhausted once', async () => {
    const tries: { at: number; run: JobRun }[] = [];
    const exhausted: unknown[] = [];
    const job = testJob(
      'test.failing',
      (_ctx, _payload, run) => {
        tries.push({ at: Date.now(), run });
        return Promise.reject(new Error(`try ${run.attempt} failed`));
      },
      { jobClass: 'high', onExhausted: (_ctx, payload) => Promise.resolve(void exhausted.push(payload)) },
    );
    await start([job]);
    await add(job, 'a');
    await waitFor(() => letters.length);
    expect(tries.map(({ run }) => run.attempt)).toEqual([1, 2, 3, 4]);
    expect(tries.map(({ run }) => run.isLastAttempt)).toEqual([false, false, false, true]);
    // 50 ms, doubled each time: the third pause is at least 200 ms.
    expect(tries[3]!.at - tries[2]!.at).toBeGreaterThanOrEqual(190);
    expect(letters).toMatchObject([
      { type: 'test.failing', attempts: 4, payload: '{"key":"a"}', lastError: 'try 4 failed' },
    ]);
    expect(exhausted).toEqual([{ key: 'a' }]);
    await waitFor(async () => (await counts()).failed === 1);
  });

  it('drops a second add while the first waits, and takes the key again afterwards', async () => {
    let runs = 0;
    const job = testJob('test.once', () => Promise.resolve(void (runs += 1)));
    await add(job, 'a');
    await add(job, 'a');
    await add(job, 'b');
    expect((await counts()).waiting).toBe(2);
    await start([job]);
    await waitFor(async () => (await counts()).completed === 2);
    await add(job, 'a');
    await waitFor(() => runs === 3);
  });

  it('takes many at once, each key once, and none when one payload is wrong', async () => {
    const ran: string[] = [];
    const job = testJob('test.many', (_ctx, payload) =>
      Promise.resolve(void ran.push((payload as { key: string }).key)),
    );
    await expect(enqueueMany(job, [{ key: 'a' }, { key: 7 }])).rejects.toThrow('expected string');
    await expect(enqueueMany(job, [{ key: 'a' }, { key: 'é'.repeat(5_000) }])).rejects.toThrow('10000 bytes');
    await enqueueMany(job, []);
    expect((await counts()).waiting).toBe(0);
    const keys = Array.from({ length: 1100 }, (_, n) => `k${n}`);
    await add(job, 'k3');
    await enqueueMany(
      job,
      [...keys, 'k0', 'k1099'].map((key) => ({ key })),
    );
    expect((await counts()).waiting).toBe(1100);
    await enqueueMany(job, [{ key: 'later' }], { delayMs: 60_000 });
    expect((await counts()).delayed).toBe(1);
    await start([job]);
    await waitFor(() => ran.length === 1100, { timeoutMs: 30_000 });
    expect([...new Set(ran)].length).toBe(1100);
  });

  it('takes the key of a failed job again', async () => {
    let runs = 0;
    const job = testJob('test.failed-once', () =>
      (runs += 1) === 1 ? Promise.reject(new GiveUpError('no')) : Promise.resolve(),
    );
    await start([job]);
    await add(job, 'a');
    await waitFor(async () => (await counts()).failed === 1);
    expect(letters).toMatchObject([{ attempts: 1, lastError: 'no' }]);
    await add(job, 'a');
    await waitFor(() => runs === 2);
  });

  it('never runs a handler with a payload that does not match, and keeps it as a dead letter', async () => {
    let runs = 0;
    const job = testJob('test.strict', () => Promise.resolve(void (runs += 1)));
    await start([job]);
    await queue.queue('data-processing').add('test.strict', { key: 7 }, { priority: 2, attempts: 3 });
    await waitFor(() => letters.length);
    expect({ runs, letters }).toMatchObject({ runs: 0, letters: [{ type: 'test.strict', payload: '{"key":7}' }] });
  });

  it('keeps a job that this release does not know, after its tries', async () => {
    await start([testJob('test.known', () => Promise.resolve())]);
    await queue.queue('data-processing').add('test.unknown', {}, { priority: 2, attempts: 2, backoff: 20 });
    await waitFor(() => letters.length);
    expect(letters).toMatchObject([{ type: 'test.unknown', attempts: 2 }]);
  });

  it('aborts a try that takes too long', async () => {
    let reason: unknown;
    const job = testJob(
      'test.slow',
      async (_ctx, _payload, run) => {
        await sleep(20_000, undefined, { signal: run.signal }).catch((error: Error) => {
          reason = run.signal.reason;
          throw error;
        });
      },
      { timeoutMs: 200, attempts: 1 },
    );
    await start([job]);
    await add(job, 'a');
    await waitFor(() => letters.length);
    expect(reason).toMatchObject({ code: 'TIMEOUT' });
    expect(letters[0]!.lastError).toContain('200 ms');
  });

  it('survives NUL characters in payloads and errors', async () => {
    const seen: unknown[] = [];
    const job = testJob(
      'test.nul',
      (_ctx, payload) => {
        seen.push(payload);
        return Promise.reject(new Error('bad \0 error'));
      },
      { attempts: 1 },
    );
    await start([job]);
    await add(job, 'a\0b');
    await waitFor(async () => (await counts()).failed === 1);
    expect(seen).toEqual([{ key: 'ab' }]);
    expect(letters).toMatchObject([{ lastError: 'bad  error' }]);
  });

  it('takes payloads of ids only: none over 10,000 bytes', async () => {
    const job = testJob('test.large', () => Promise.resolve());
    await expect(add(job, 'é'.repeat(5_000))).rejects.toThrow('10000 bytes');
    await add(job, 'e'.repeat(5_000));
    expect((await counts()).waiting).toBe(1);
  });

  it('hands running jobs back when the worker stops, without using up a try', async () => {
    const attempts: number[] = [];
    let isBlocking = true;
    const job = testJob(
      'test.long',
      async (_ctx, _payload, run) => {
        attempts.push(run.attempt);
        if (isBlocking) await sleep(20_000, undefined, { signal: run.signal });
      },
      { attempts: 1 },
    );
    const first = await start([job]);
    await add(job, 'a');
    await waitFor(() => attempts.length === 1);
    const stoppedAt = Date.now();
    await first.stop();
    expect(Date.now() - stoppedAt).toBeLessThan(3000);
    isBlocking = false;
    await start([job]);
    await waitFor(async () => (await counts()).completed === 1);
    expect({ attempts, letters }).toEqual({ attempts: [1, 1], letters: [] });
  });

  it('runs a job that put itself off again when its time has come, without using up a try', async () => {
    const ran: { key: string; attempt: number; at: number }[] = [];
    let until = new Date(0);
    const job = testJob(
      'test.postponed',
      (_ctx, payload, run) => {
        const { key } = payload as { key: string };
        ran.push({ key, attempt: run.attempt, at: Date.now() });
        if (key !== 'a' || until.getTime() > 0) return Promise.resolve();
        until = new Date(Date.now() + 400);
        return Promise.reject(new PostponeError(until));
      },
      { attempts: 1 },
    );
    await start([job], 1);
    await add(job, 'a');
    await waitFor(() => until.getTime());
    // Put off, it still has its key.
    await add(job, 'a');
    await add(job, 'b');
    await waitFor(async () => (await counts()).completed === 2);
    expect(ran.map(({ key, attempt }) => `${key}${attempt}`)).toEqual(['a1', 'b1', 'a1']);
    expect(ran[2]!.at).toBeGreaterThanOrEqual(until.getTime() - 5);
    expect(letters).toEqual([]);
    expect(() => new PostponeError(Number.NaN)).toThrow('to a time');
  });

  it('gives the handler its tenant', async () => {
    const tenants: (string | undefined)[] = [];
    const note: JobDefinition['handler'] = (ctx) => Promise.resolve(void tenants.push(ctx.tenantId));
    const none = testJob('test.tenantless', note);
    const own = testJob('test.tenant', note, { tenantOf: (payload) => (payload as { key: string }).key });
    await start([none, own], 1);
    await add(own, 'acme');
    await waitFor(() => tenants.length === 1);
    await add(none, 'acme');
    await waitFor(() => tenants.length === 2);
    expect(tenants).toEqual(['acme', undefined]);
  });

  it('calls a provider no more often than its limit allows, whichever worker runs the job, and refuses none', async () => {
    const provider = `p${randomUUID()}`;
    const limit = { provider, rate: () => ({ max: 3, perMs: 1000 }) };
    const limits = [1, 2].map(() => new ProviderLimits(collectLimits([{ name: 'a', limits: [limit] }]), tokenStore()));
    const ran: { key: string; at: number }[] = [];
    const handler: JobDefinition['handler'] = (_ctx, payload) =>
      Promise.resolve(void ran.push({ key: (payload as { key: string }).key, at: Date.now() }));
    const job = testJob('test.limited', handler, { provider, attempts: 1 });
    const free = testJob('test.free', handler);
    await enqueueMany(
      job,
      Array.from({ length: 10 }, (_, n) => ({ key: `k${n}` })),
    );
    await add(free, 'free');
    for (const each of limits) await start([job, free], 5, 300, each);
    await waitFor(() => ran.length === 11, { timeoutMs: 30_000 });
    const limited = ran.filter(({ key }) => key !== 'free').map(({ at }) => at);
    expect(new Set(ran.map(({ key }) => key)).size).toBe(11);
    // The windows begin one after the other: a fourth one comes a window after the first at the earliest.
    for (let n = 6; n < limited.length; n += 1) expect(limited[n]! - limited[n - 6]!).toBeGreaterThanOrEqual(990);
    expect(letters).toEqual([]);
    for (const each of limits) each.close();
  });

  it('keeps the jobs of a provider whose tokens cannot be counted', async () => {
    const limit = { provider: 'gone', rate: () => ({ max: 3, perMs: 1000 }) };
    const gone = new ProviderLimits(new Map([['gone', limit]]), { kind: 'redis', url: 'redis://127.0.0.1:1' });
    let runs = 0;
    const job = testJob('test.uncounted', () => Promise.resolve(void (runs += 1)), { provider: 'gone', attempts: 1 });
    await start([job], 1, 300, gone);
    await add(job, 'a');
    await waitFor(async () => (await counts()).delayed === 1);
    expect({ runs, letters }).toEqual({ runs: 0, letters: [] });
    gone.close();
  });

  it('counts waiting, delayed and active jobs', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const job = testJob('test.held', () => held);
    for (const key of ['a', 'b', 'c']) await add(job, key);
    await add(job, 'd', 60_000);
    await start([job], 2);
    await waitFor(async () => (await counts()).active === 2);
    expect(await counts()).toMatchObject({
      waiting: 1,
      active: 2,
      delayed: 1,
      completed: 0,
    });
    release();
    await waitFor(async () => (await counts()).completed === 3);
  });

  it('repeats scheduled jobs and forgets schedules that are no longer defined', async () => {
    let runs = 0;
    const job = testJob('test.scheduled', () => Promise.resolve(void (runs += 1)), {
      queue: 'cleanup',
      payload: z.strictObject({}),
      dedupKey: () => 'all',
      schedule: { everyMs: 300 },
    });
    await syncSchedules(queue, [job]);
    await syncSchedules(queue, [job]);
    await start([job]);
    await waitFor(() => runs >= 3);
    await syncSchedules(queue, []);
    expect(await queue.queue('cleanup').getJobSchedulers()).toEqual([]);
  });

  it('keeps one schedule a job when many workers start at the same moment', async () => {
    const scheduled = (name: string, schedule: JobDefinition['schedule']) =>
      testJob(name, () => Promise.resolve(), {
        queue: 'cleanup',
        payload: z.strictObject({}),
        dedupKey: () => 'all',
        ...(schedule ? { schedule } : {}),
      });
    const jobs = [scheduled('test.nightly', { cron: '0 3 * * *' }), scheduled('test.hourly', { everyMs: 3_600_000 })];
    const others = await Promise.all(
      Array.from({ length: 4 }, () => openQueue(config(), TEST_QUEUES, backend.settings)),
    );
    try {
      for (let round = 0; round < rounds(10); round += 1) {
        await Promise.all([queue, ...others].map((each) => syncSchedules(each, jobs)));
      }
    } finally {
      await Promise.all(others.map((other) => other.close()));
    }
    const keys = (await queue.queue('cleanup').getJobSchedulers()).map(({ key }) => key);
    expect(keys.sort()).toEqual(['test.hourly', 'test.nightly']);
  });
}
