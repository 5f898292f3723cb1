import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { startExtraServer, type ExtraServer } from '../frame/support/extra-server';
import { spawnWorker, testServer, waitFor } from '../harness/app';
import { startOwnRedis, type OwnRedis } from '../jobs/support/redis-server';
import { knockAtAll, openDoors, tokenOf } from './support/doors';
import { failuresOf, isRefused, untilWhole } from './support/faulty-app';
import { sendPurchases } from './support/purchases';

/** Redis alone. What becomes of limits: frame/limits-outage.redis.test.ts. */

jest.setTimeout(240_000);

let redis: OwnRedis;
let server: ExtraServer;
let worker: ChildProcess;
let target: { url: string; masterKey: string };

beforeAll(async () => {
  redis = await startOwnRedis();
  server = await startExtraServer({ REDIS_URL: redis.url });
  worker = spawnWorker({ ...testServer(), env: server.env });
  target = { url: server.url, masterKey: testServer().masterKey };
  await untilWhole(target, 60_000);
});
afterAll(async () => {
  redis.thaw();
  worker.kill('SIGTERM');
  await once(worker, 'exit');
  await server.stop();
  await redis.stop();
});

const OUTAGES: [string, () => unknown, () => unknown][] = [
  ['hangs', () => redis.freeze(), () => redis.thaw()],
  ['is killed', () => redis.crash(), () => redis.restart()],
];

test.each(OUTAGES)('while Redis %s every door answers', async (_what, begin, end) => {
  const doors = await openDoors(target);
  await begin();
  // Both are asked about Redis itself, and for a second they remember what they knew of it.
  const failing: string[] = [];
  await waitFor(async () => {
    const answers = await knockAtAll(doors);
    failing.push(...Object.keys(failuresOf(answers)));
    return [answers['health']!, answers['queue status']!].every(isRefused);
  });
  await end();
  expect([...new Set(failing)].sort()).toEqual(['health', 'queue status']);
  await untilWhole(target, 45_000);
});

test('an import that is sent while there is no Redis is kept, and done when it is back', async () => {
  const token = await tokenOf(target.url);
  await redis.crash();
  const sent = await sendPurchases(target, () => Promise.resolve(token));
  await redis.restart();
  await sent.expectExact();
  expect([worker.exitCode, server.process.exitCode]).toEqual([null, null]);
});
