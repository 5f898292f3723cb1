import { createRequire } from 'node:module';
import { createPostgresBackend, createRedisBackend, withBackend } from 'bullmq';
import { z } from 'zod';
import { inRoot } from '../lib/project.mjs';
import { ratios, spread } from './load.mjs';
import { startRedis } from './redis.mjs';

const require = createRequire(import.meta.url);
/** About a second's work a round on either backend. */
const JOBS = { postgres: 2_000, redis: 20_000 };
const ROUNDS = 5;
const CONCURRENCY = 10;
const IN_FLIGHT = 32;

/**
 * @typedef {object} Settings
 * @property {{ kind: 'postgres', uri: string }} database
 * @property {{ queueUrl: string, cacheUrl: string } | undefined} redis
 *
 * @typedef {{ add: number, run: number }} Rates jobs a second
 * @typedef {'bare' | 'dedup' | 'own'} Side
 */

/**
 * Adding and processing of empty jobs through our definitions, limits and metrics, beside BullMQ alone.
 * @param {import('./ground.mjs').Ground} ground
 */
export async function run(ground) {
  const databaseUrl = await ground.database('queue');
  // The worker's parts run in this process and read its configuration.
  Object.assign(process.env, {
    DATABASE_URI: databaseUrl,
    LOG_LEVEL: 'error',
    NODE_ENV: 'test',
    DATA_DIR: ground.folder,
  });
  const rows = await compare('PostgreSQL', { database: { kind: 'postgres', uri: databaseUrl }, redis: undefined });
  const redis = await startRedis(ground.folder);
  if (!redis) return rows;
  try {
    return [
      ...rows,
      ...(await compare('Redis', {
        database: { kind: 'postgres', uri: databaseUrl },
        redis: { queueUrl: redis.url, cacheUrl: redis.url },
      })),
    ];
  } finally {
    redis.stop();
  }
}

/**
 * @param {string} backend
 * @param {Settings} settings
 */
async function compare(backend, settings) {
  /** @type {Record<Side, { add: number[], run: number[] }>} */
  const samples = { bare: { add: [], run: [] }, dedup: { add: [], run: [] }, own: { add: [], run: [] } };
  for (let round = 0; round < ROUNDS + 1; round += 1) {
    /** @type {[Side, () => Promise<Rates>][]} */
    const sides = [
      ['bare', () => bareRound(settings, `bare${round}`)],
      ['dedup', () => bareRound(settings, `dedup${round}`, (index) => ({ deduplication: { id: `key-${index}` } }))],
      ['own', () => ownRound(settings, round)],
    ];
    for (const [side, measure] of round % 2 ? sides.reverse() : sides) {
      const { add, run: processed } = await measure();
      if (round === 0) continue; // warm-up
      samples[side].add.push(add);
      samples[side].run.push(processed);
    }
  }
  /** @type {(name: string, side: Side, work: 'add' | 'run') => import('./load.mjs').Figure & import('./load.mjs').Spread} */
  const row = (name, side, work) => {
    const [own, bare] = [samples[side][work], samples.bare[work]];
    const ratio = side === 'bare' ? {} : { peer: 'bare BullMQ', ratio: spread(ratios(own, bare)) };
    return { name, unit: 'jobs/s', ...spread(own), ...ratio, samples: own };
  };
  const rows = (/** @type {string} */ name, /** @type {'add' | 'run'} */ work) => [
    row(`bare BullMQ on ${backend}, ${name}`, 'bare', work),
    row(`the same with its deduplication on ${backend}, ${name}`, 'dedup', work),
    row(`ours on ${backend}, ${name}`, 'own', work),
  ];
  return [...rows(`add, ${IN_FLIGHT} in flight`, 'add'), ...rows(`process, ${CONCURRENCY} at once`, 'run')];
}

/**
 * The same options as ours sets: priority, tries, backoff, removal, a job id; nothing else of ours.
 * @param {Settings} settings
 * @param {string} name
 * @param {(index: number) => object} more options
 * @returns {Promise<Rates>}
 */
async function bareRound(settings, name, more = () => ({})) {
  const { redis } = settings;
  const jobs = jobsOf(settings);
  // Its types know one backend at a time.
  const backend = /** @type {any} */ (redis ? createRedisBackend : createPostgresBackend);
  const { Queue, Worker } = withBackend(backend);
  const connection = redis
    ? { url: redis.queueUrl, maxRetriesPerRequest: null }
    : { connectionString: settings.database.uri, schema: 'bare', migrate: true, max: 4 };
  const queue = new Queue(name, { connection });
  await queue.waitUntilReady();
  const removal = redis
    ? { removeOnComplete: 100, removeOnFail: 50 }
    : { removeOnComplete: { age: 3600 }, removeOnFail: { age: 86400 } };
  const options = (/** @type {number} */ index) => ({
    priority: 2,
    attempts: 6,
    backoff: { type: 'exponential', delay: 1000 },
    jobId: `job-${index}`,
    ...removal,
    ...more(index),
  });
  const add = await rateOf(jobs, (index) => queue.add('noop', { id: String(index) }, options(index)));
  let done = 0;
  const startedAt = performance.now();
  const finished = new Promise((resolve) => {
    const worker = new Worker(
      queue.name,
      async () => {
        done += 1;
        if (done === jobs) resolve(worker);
      },
      { connection, concurrency: CONCURRENCY },
    );
  });
  const worker = await finished;
  const processed = jobs / ((performance.now() - startedAt) / 1000);
  await worker.close();
  await queue.close();
  return { add, run: processed };
}

/**
 * @param {Settings} settings
 * @param {number} round
 * @returns {Promise<Rates>}
 */
async function ownRound(settings, round) {
  const jobs = jobsOf(settings);
  const { openQueue } = require(inRoot('dist/core/queue/bullmq.js'));
  const { startWorkers } = require(inRoot('dist/jobs/workers.js'));
  let done = 0;
  let resolveDone = () => {};
  const finished = new Promise((/** @type {(value: void) => void} */ resolve) => (resolveDone = resolve));
  const definition = {
    name: 'bench.noop',
    queue: 'data-processing',
    jobClass: 'normal',
    timeoutMs: 60_000,
    payload: z.strictObject({ id: z.string() }),
    dedupKey: (/** @type {{ id: string }} */ { id }) => id,
    handler: async () => {
      done += 1;
      if (done === jobs) resolveDone();
    },
  };
  const queue = await openQueue(settings, [{ name: definition.queue }], { backend: ownBackend(settings, round) });
  const add = await rateOf(jobs, (index) => queue.port.add(definition, { id: String(index) }, {}));
  const startedAt = performance.now();
  const workers = await startWorkers({
    queue,
    definitions: [definition],
    deadLetters: async () => {},
    shares: new Map([[definition.queue, CONCURRENCY]]),
  });
  await Promise.race([finished, tooLong()]);
  const processed = jobs / ((performance.now() - startedAt) / 1000);
  await workers.stop();
  await queue.close();
  return { add, run: processed };
}

/** @param {Settings} settings */
function jobsOf({ redis }) {
  return redis ? JOBS.redis : JOBS.postgres;
}

/**
 * A name of its own for each round, so that no round meets another's rows.
 * @param {Settings} settings
 * @param {number} round
 */
function ownBackend({ database, redis }, round) {
  if (redis) return { kind: 'redis', url: redis.queueUrl, prefix: `own${round}` };
  return { kind: 'postgres', uri: database.uri, schema: `own${round}` };
}

function tooLong() {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error('The jobs did not end within two minutes.')), 120_000).unref();
  });
}

/**
 * @param {number} count
 * @param {(index: number) => Promise<unknown>} work
 */
async function rateOf(count, work) {
  let next = 0;
  const startedAt = performance.now();
  const loop = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, loop));
  return count / ((performance.now() - startedAt) / 1000);
}
