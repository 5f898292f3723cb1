import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { startExtraServer, type ExtraServer } from '../frame/support/extra-server';
import { spawnWorker, testServer } from '../harness/app';
import { startOwnRedis, type OwnRedis } from '../jobs/support/redis-server';
import { knockAtAll, openDoors, tokenOf, type Knock } from './support/doors';
import { failuresOf, untilWhole } from './support/faulty-app';
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

const isRefused = ({ status, retryAfter }: Knock): boolean => status === 503 && Number(retryAfter) > 0;

const OUTAGES: [string, () => unknown, () => unknown][] = [
  ['hangs', () => redis.freeze(), () => redis.thaw()],
  ['is killed', () => redis.crash(), () => redis.restart()],
];

test.each(OUTAGES)('while Redis %s every door answers, and an import is taken and kept', async (_what, begin, end) => {
  const token = await tokenOf(target.url);
  const doors = await openDoors(target);
  await begin();
  const answers = await knockAtAll(doors);
  const sent = await sendPurchases(target, () => Promise.resolve(token));
  await end();
  // Both are asked about Redis itself.
  expect(Object.keys(failuresOf(answers)).sort()).toEqual(['health', 'queue status']);
  expect([answers['health'], answers['queue status']].every((answer) => isRefused(answer!))).toBe(true);
  await untilWhole(target, 45_000);
  await sent.expectDone();
  expect([worker.exitCode, server.process.exitCode]).toEqual([null, null]);
});
