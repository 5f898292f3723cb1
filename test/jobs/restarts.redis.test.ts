import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { config } from '../../core/config';
import { openQueue } from '../../core/queue/bullmq';
import { startWorkers } from '../../jobs/workers';
import { waitFor } from '../harness/app';
import { rounds } from '../harness/depth';
import { openTestBackend } from './support/backends';
import { startOwnRedis } from './support/redis-server';
import { countEffects, effectJob, sharesOf, TEST_QUEUES } from './support/test-jobs';

// Redis only: it kills the server, and the PostgreSQL of a run is not the test's own.

const JOBS = 2000;
const RESTARTS = rounds(5);

it(`loses no acknowledged job when Redis is killed and restarted ${RESTARTS} times`, async () => {
  const backend = await openTestBackend('redis');
  const redis = await startOwnRedis();
  const queue = await openQueue(config(), TEST_QUEUES, {
    backoffMs: 50,
    backend: { kind: 'redis', url: redis.url, prefix: 'restarts' },
  });
  const run = randomUUID();
  const job = effectJob(backend.pool, 5);
  const workers = await startWorkers({
    queue,
    definitions: [job],
    shares: sharesOf(20),
    drainMs: 500,
    deadLetters: () => Promise.reject(new Error('Nothing may fail here.')),
  });

  let refused = 0;
  let longestRefusalMs = 0;
  let acknowledged = 0;
  /** A producer asks again until it is told yes: what it was told must be true. */
  const addUntilTaken = async (key: string): Promise<void> => {
    for (;;) {
      const startedAt = Date.now();
      try {
        await queue.port.add(job, { run, key }, {});
        acknowledged += 1;
        return;
      } catch {
        refused += 1;
        longestRefusalMs = Math.max(longestRefusalMs, Date.now() - startedAt);
        await sleep(50);
      }
    }
  };
  const adding = (async () => {
    for (let i = 0; i < JOBS; i += 4) {
      await Promise.all([0, 1, 2, 3].map((n) => addUntilTaken(`k${i + n}`)));
      await sleep(10);
    }
  })();
  for (let i = 0; i < RESTARTS; i += 1) {
    await waitFor(() => acknowledged >= ((i + 1) * JOBS) / (RESTARTS + 2), { timeoutMs: 60_000 });
    await redis.crashAndRestart(500);
  }
  await adding;
  await waitFor(async () => (await countEffects(backend.pool, run)).rows === JOBS, { timeoutMs: 90_000, everyMs: 250 });
  expect(acknowledged).toBe(JOBS);
  // The outage was felt, and each refusal came at once.
  expect(refused).toBeGreaterThan(0);
  expect(longestRefusalMs).toBeLessThan(5500);

  await workers.stop();
  await queue.close();
  await redis.stop();
  await backend.close();
}, 240_000);
