import { createRequire } from 'node:module';
import { createPostgresBackend, createRedisBackend, withBackend } from 'bullmq';
import { z } from 'zod';
import { inRoot } from '../lib/project.mjs';
import { ratios, spread } from './load.mjs';
import { startRedis } from './redis.mjs';

const require = createRequire(import.meta.url);
const ROUNDS = 3;
const ROWS = Number(process.env.BENCH_DUE_ROWS ?? 20_000);
/** Jobs of the peer: about a second's work a round on either backend. */
const JOBS = { PostgreSQL: 2_000, Redis: 10_000 };
const CONCURRENCY = 10;
/** Ready rows of one tenant while batches of {@link BATCH} are claimed. */
const SIZES = [1_000, 100_000, 1_000_000];
const BATCH = 100;
const BATCHES = 100;
const CROWD = Number(process.env.BENCH_DUE_CROWD ?? 100_000);

/**
 * @typedef {object} Settings
 * @property {{ kind: 'postgres', uri: string }} database
 * @property {{ queueUrl: string, cacheUrl: string } | undefined} redis
 *
 * @typedef {'PostgreSQL' | 'Redis'} Backend
 * @typedef {(ctx: unknown, row: { tenant: string }) => Promise<void>} Handler
 */

/**
 * Rows put, and rows claimed, run and settled by pumps that are jobs of the queue, beside empty BullMQ jobs, which
 * were added before in bulk and are processed one by one; how long one tenant's row waits behind a hundred thousand of another's;
 * and what a claim costs by the number of rows that are ready.
 * @param {import('./ground.mjs').Ground} ground
 */
export async function run(ground) {
  const uri = await ground.database('due');
  // The worker's parts run in this process and read its configuration.
  Object.assign(process.env, { DATABASE_URI: uri, LOG_LEVEL: 'error', NODE_ENV: 'test', DATA_DIR: ground.folder });
  const { openDatabase, closeDatabase } = require(inRoot('dist/core/database/open.js'));
  const database = await openDatabase({ kind: 'postgres', uri, patienceMs: 30_000 }, 'worker');
  const redis = await startRedis(ground.folder);
  try {
    const rows = await compare('PostgreSQL', { database: { kind: 'postgres', uri }, redis: undefined });
    for (const size of SIZES) rows.push(...(await claimCost(size)));
    if (redis)
      rows.push(
        ...(await compare('Redis', {
          database: { kind: 'postgres', uri },
          redis: { queueUrl: redis.url, cacheUrl: redis.url },
        })),
      );
    return rows;
  } finally {
    redis?.stop();
    await closeDatabase(database);
  }
}

/**
 * @param {Backend} backend
 * @param {Settings} settings
 */
async function compare(backend, settings) {
  /** @type {Record<'put' | 'work' | 'jobs' | 'wait', number[]>} */
  const samples = { put: [], work: [], jobs: [], wait: [] };
  for (let round = 0; round < ROUNDS + 1; round += 1) {
    const jobs = await peerRound(backend, settings, round);
    const { put, work } = await dueRound(backend, settings, round);
    if (round === 0) continue; // warm-up
    samples.jobs.push(jobs);
    samples.put.push(put);
    samples.work.push(work);
  }
  samples.wait.push(await waitBehindCrowd(backend, settings));
  const peer = `BullMQ on ${backend}, empty jobs`;
  return [
    {
      name: `${peer}, added before in bulk, processed one by one`,
      unit: 'jobs/s',
      ...spread(samples.jobs),
      samples: samples.jobs,
    },
    { name: `due rows put, queue on ${backend}`, unit: 'rows/s', ...spread(samples.put), samples: samples.put },
    {
      name: `due rows claimed, run and settled, queue on ${backend}`,
      unit: 'rows/s',
      ...spread(samples.work),
      peer,
      ratio: spread(ratios(samples.work, samples.jobs)),
      samples: samples.work,
    },
    {
      name: `a high row of another tenant behind ${CROWD} of 50 ms, put to start, queue on ${backend}`,
      unit: 'ms',
      ...spread(samples.wait),
      samples: samples.wait,
    },
  ];
}

/**
 * What our jobs set as well: priority, tries, backoff.
 * @param {Backend} backend
 * @param {Settings} settings
 * @param {number} round
 */
async function peerRound(backend, settings, round) {
  const { redis, database } = settings;
  /** @type {any} */
  const factory = redis ? createRedisBackend : createPostgresBackend;
  const { Queue, Worker } = withBackend(factory);
  /** @type {any} the two backends take different ones */
  const connection = redis
    ? { url: redis.queueUrl, maxRetriesPerRequest: null }
    : { connectionString: database.uri, schema: 'duepeer', migrate: true, max: 4 };
  const queue = new Queue(`peer${round}`, { connection });
  await queue.waitUntilReady();
  const count = JOBS[backend];
  const options = { priority: 2, attempts: 6, backoff: { type: 'exponential', delay: 1000 }, removeOnComplete: true };
  for (let start = 0; start < count; start += 1000)
    await queue.addBulk(
      Array.from({ length: 1000 }, (_, n) => ({ name: 'noop', data: { id: start + n }, opts: options })),
    );
  let done = 0;
  const startedAt = performance.now();
  /** @type {{ close(): Promise<void> }} */
  const worker = await new Promise((resolve) => {
    const made = new Worker(
      queue.name,
      async () => {
        done += 1;
        if (done === count) resolve(made);
      },
      { connection, concurrency: CONCURRENCY },
    );
  });
  const rate = count / ((performance.now() - startedAt) / 1000);
  await worker.close();
  await queue.close();
  return rate;
}

/**
 * @param {Backend} backend
 * @param {Settings} settings
 * @param {number} round
 */
async function dueRound(backend, settings, round) {
  let done = 0;
  let finish = () => {};
  const finished = new Promise((resolve) => (finish = () => resolve(undefined)));
  const { table, startWorkers, stop } = await openDue(settings, `${backend.toLowerCase()}${round}`, {
    handler: async () => {
      done += 1;
      if (done === ROWS) finish();
    },
  });
  const rows = Array.from({ length: ROWS }, (_, n) => ({
    key: `k${n}`,
    tenant: `t${n % 50}`,
    payload: { id: `p${n}` },
  }));
  const putAt = performance.now();
  for (let start = 0; start < ROWS; start += 1000) await table.put(rows.slice(start, start + 1000));
  const put = ROWS / ((performance.now() - putAt) / 1000);
  const startedAt = performance.now();
  await startWorkers();
  await finished;
  while ((await table.store.nextAt(new Date())) !== undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  const work = ROWS / ((performance.now() - startedAt) / 1000);
  await stop();
  return { put, work };
}

/**
 * @param {Backend} backend
 * @param {Settings} settings
 */
async function waitBehindCrowd(backend, settings) {
  /** @type {(at: number) => void} */
  let startedB = () => {};
  let starts = 0;
  /** @type {Promise<number>} */
  const started = new Promise((resolve) => (startedB = resolve));
  const { table, startWorkers, stop } = await openDue(settings, `${backend.toLowerCase()}crowd`, {
    handler: async (_ctx, { tenant }) => {
      starts += 1;
      if (tenant === 'b') startedB(performance.now());
      await new Promise((resolve) => setTimeout(resolve, 50));
    },
  });
  await table.put(Array.from({ length: CROWD }, (_, n) => ({ key: `a${n}`, tenant: 'a', class: 'high' })));
  await startWorkers();
  while (starts < 200) await new Promise((resolve) => setTimeout(resolve, 20));
  const putAt = performance.now();
  await table.put([{ key: 'b', tenant: 'b', class: 'high' }]);
  const ms = (await started) - putAt;
  await stop();
  return ms;
}

/**
 * Claims and settlements of one caller, without queue and handler; what is taken is replaced by as many new rows.
 * @param {number} size
 */
async function claimCost(size) {
  const { database } = require(inRoot('dist/core/database/database.js'));
  const { pool } = database();
  const table = await createDue(`size${size}`, 10, async () => {});
  const fill = `insert into app.due_${table.name} (key, tenant, rank, state, due_at, payload)
    select 'k' || n, 't', 1, 'ready', now() - n * interval '1 ms', '{}' from generate_series($1::int, $2::int) n`;
  await pool.query(fill, [1, size]);
  await pool.query(`vacuum analyze app.due_${table.name}`);
  /** @type {Record<'claim' | 'settle', number[]>} */
  const samples = { claim: [], settle: [] };
  for (let n = 0; n < BATCHES; n += 1) {
    const claimedAt = performance.now();
    const rows = await table.claim(BATCH);
    const settledAt = performance.now();
    const settled = await table.settle(rows.map((/** @type {object} */ row) => ({ ...row, outcome: 'done' })));
    samples.claim.push(settledAt - claimedAt);
    samples.settle.push(performance.now() - settledAt);
    if (settled !== BATCH) throw new Error(`${settled} of ${BATCH} rows were claimed and settled.`);
    await pool.query(fill, [size + n * BATCH + 1, size + (n + 1) * BATCH]);
  }
  await pool.query(`drop table app.due_${table.name}`);
  return /** @type {const} */ (['claim', 'settle']).map((step) => ({
    name: `${step} of ${BATCH} due rows, ${size} ready ones of one tenant, PostgreSQL`,
    unit: 'ms',
    ...spread(samples[step]),
    samples: samples[step],
  }));
}

/**
 * @param {string} name
 * @param {number} concurrency
 * @param {Handler} handler
 */
async function createDue(name, concurrency, handler) {
  const { database } = require(inRoot('dist/core/database/database.js'));
  const { defineDueTable } = require(inRoot('dist/core/due/due-table.js'));
  const table = defineDueTable({
    ...{ name, queue: 'due-bench', timeoutMs: 60_000, concurrency, handler },
    payload: z.strictObject({ id: z.string().optional() }),
  });
  for (const statement of ['create schema if not exists app', ...table.table.postgres])
    await database().pool.query(statement);
  return table;
}

/**
 * A table, its queue, and what starts the workers whose jobs pump it.
 * @param {Settings} settings
 * @param {string} name
 * @param {{ handler: Handler }} options
 */
async function openDue(settings, name, { handler }) {
  const { database } = require(inRoot('dist/core/database/database.js'));
  const { pumpJobOf } = require(inRoot('dist/core/due/pump.job.js'));
  const { setQueue } = require(inRoot('dist/core/queue.js'));
  const { openQueue } = require(inRoot('dist/core/queue/bullmq.js'));
  const { startWorkers } = require(inRoot('dist/jobs/workers.js'));
  const table = await createDue(name, CONCURRENCY, handler);
  const backend = settings.redis
    ? { kind: 'redis', url: settings.redis.queueUrl, prefix: name }
    : { kind: 'postgres', uri: settings.database.uri, schema: `q${name}` };
  const queue = await openQueue(settings, [{ name: 'due-bench', share: 10 }], { backend });
  setQueue(queue.port);
  /** @type {{ stop(): Promise<void> } | undefined} */
  let workers;
  return {
    table,
    startWorkers: async () => {
      workers = await startWorkers({
        queue,
        definitions: [pumpJobOf(table)],
        deadLetters: async () => {},
        shares: new Map([['due-bench', 10]]),
        drainMs: 100,
      });
    },
    stop: async () => {
      await workers?.stop();
      await queue.close();
      await database().pool.query(`drop table app.due_${name}`);
    },
  };
}
