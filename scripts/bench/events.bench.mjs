import { createRequire } from 'node:module';
import { createPostgresBackend, createRedisBackend, withBackend } from 'bullmq';
import { z } from 'zod';
import { inRoot } from '../lib/project.mjs';
import { pairedRounds, ratios, spread } from './load.mjs';
import { startRedis } from './redis.mjs';
import { APP_ID, MASTER_KEY, makeTenant } from './ground.mjs';

const require = createRequire(import.meta.url);
const ROUNDS = 5;
/** A second's work and more of the quicker side, on either backend. */
const COUNT = { PostgreSQL: 2_000, Redis: 20_000 };
const IN_FLIGHT = 32;
const CONCURRENCY = 10;

/**
 * @typedef {object} Settings
 * @property {{ kind: 'postgres', uri: string }} database
 * @property {{ queueUrl: string, cacheUrl: string } | undefined} redis
 *
 * @typedef {'PostgreSQL' | 'Redis'} Backend
 */

/**
 * Events recorded one by one and delivered to one consumer, beside BullMQ jobs added one by one and processed, from
 * the first call to the last effect; and what an event adds to a save at Parse's door.
 * @param {import('./ground.mjs').Ground} ground
 */
export async function run(ground) {
  return [...(await delivered(ground)), ...(await saved(ground))];
}

/** @param {import('./ground.mjs').Ground} ground */
async function delivered(ground) {
  const uri = await ground.database('events');
  // The worker's parts run in this process and read its configuration.
  Object.assign(process.env, { DATABASE_URI: uri, LOG_LEVEL: 'error', NODE_ENV: 'test', DATA_DIR: ground.folder });
  const { openDatabase, closeDatabase } = require(inRoot('dist/core/database/open.js'));
  const database = await openDatabase({ kind: 'postgres', uri, patienceMs: 30_000 }, 'worker');
  const redis = await startRedis(ground.folder);
  try {
    const onPostgres = { database: /** @type {const} */ ({ kind: 'postgres', uri }), redis: undefined };
    const rows = await compare('PostgreSQL', onPostgres);
    if (redis)
      rows.push(...(await compare('Redis', { ...onPostgres, redis: { queueUrl: redis.url, cacheUrl: redis.url } })));
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
  /** @type {Record<'own' | 'jobs', number[]>} */
  const samples = { own: [], jobs: [] };
  for (let round = 0; round < ROUNDS + 1; round += 1) {
    /** @type {['own' | 'jobs', () => Promise<number>][]} */
    const sides = [
      ['jobs', () => jobsRound(backend, settings, round)],
      ['own', () => eventsRound(backend, settings, round)],
    ];
    for (const [side, measure] of round % 2 ? sides.reverse() : sides) {
      const rate = await measure();
      if (round) samples[side].push(rate); // the first is the warm-up
    }
  }
  const peer = `BullMQ on ${backend}, added one by one and processed`;
  return [
    { name: peer, unit: 'jobs/s', ...spread(samples.jobs), samples: samples.jobs },
    {
      name: `events recorded one by one and delivered to a consumer, queue on ${backend}`,
      unit: 'events/s',
      ...spread(samples.own),
      peer,
      ratio: spread(ratios(samples.own, samples.jobs)),
      samples: samples.own,
    },
  ];
}

/**
 * What our jobs set as well: priority, tries, backoff.
 * @param {Backend} backend
 * @param {Settings} settings
 * @param {number} round
 */
async function jobsRound(backend, { redis, database }, round) {
  /** @type {any} */
  const factory = redis ? createRedisBackend : createPostgresBackend;
  const { Queue, Worker } = withBackend(factory);
  /** @type {any} the two backends take different ones */
  const connection = redis
    ? { url: redis.queueUrl, maxRetriesPerRequest: null }
    : { connectionString: database.uri, schema: 'eventpeer', migrate: true, max: 4 };
  const queue = new Queue(`peer${round}`, { connection });
  await queue.waitUntilReady();
  const count = COUNT[backend];
  const options = { priority: 2, attempts: 6, backoff: { type: 'exponential', delay: 1000 }, removeOnComplete: true };
  const { finished, one } = counter(count);
  const worker = new Worker(queue.name, async () => one(), { connection, concurrency: CONCURRENCY });
  await worker.waitUntilReady();
  const startedAt = performance.now();
  await inFlight(count, (n) => queue.add('noop', { id: String(n) }, options));
  await finished;
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
async function eventsRound(backend, settings, round) {
  const { database } = require(inRoot('dist/core/database/database.js'));
  const { eventTable } = require(inRoot('dist/core/events/event.tables.js'));
  const { collectConsumers, consumers } = require(inRoot('dist/core/events/consumers.js'));
  const { collectEventTypes } = require(inRoot('dist/core/events/types.js'));
  const { recordEvents } = require(inRoot('dist/core/events/record.js'));
  const { hintsDone } = require(inRoot('dist/core/events/hints.js'));
  const { pumpJobOf } = require(inRoot('dist/core/due/pump.job.js'));
  const { setQueue } = require(inRoot('dist/core/queue.js'));
  const { openQueue } = require(inRoot('dist/core/queue/bullmq.js'));
  const { startWorkers } = require(inRoot('dist/jobs/workers.js'));
  const { pool } = database();
  const count = COUNT[backend];
  const { finished, one } = counter(count);
  const payload = z.strictObject({ id: z.string() });
  collectEventTypes([
    { eventTypes: [{ name: 'bench', summary: 'A bench.', subject: 'Bench', payload, example: { id: '1' } }] },
  ]);
  collectConsumers([
    {
      consumers: [{ name: 'bench', types: ['bench'], handler: () => Promise.resolve(one()), concurrency: CONCURRENCY }],
    },
  ]);
  const [{ due }] = consumers();
  for (const statement of ['create schema if not exists app', ...eventTable.postgres, ...due.table.postgres])
    await pool.query(statement);
  const name = `events${backend.toLowerCase()}${round}`;
  const backing = settings.redis
    ? { kind: 'redis', url: settings.redis.queueUrl, prefix: name }
    : { kind: 'postgres', uri: settings.database.uri, schema: `q${name}` };
  const queue = await openQueue(settings, [{ name: 'events', share: 10 }], { backend: backing });
  setQueue(queue.port);
  const workers = await startWorkers({
    queue,
    definitions: [pumpJobOf(due)],
    deadLetters: async () => {},
    shares: new Map([['events', 10]]),
    drainMs: 100,
  });
  const startedAt = performance.now();
  await inFlight(count, (n) =>
    recordEvents([
      {
        key: `bench:${n}`,
        type: 'bench',
        tenant: `t${n % 50}`,
        subject: { className: 'Bench', id: `s${n}` },
        payload: { id: String(n) },
      },
    ]),
  );
  await finished;
  while ((await due.store.nextAt(new Date())) !== undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  const rate = count / ((performance.now() - startedAt) / 1000);
  await hintsDone();
  await workers.stop();
  await queue.close();
  await pool.query(`drop table app.event, app.due_event_bench`);
  return rate;
}

/** @param {number} count */
function counter(count) {
  let done = 0;
  let finish = () => {};
  const finished = new Promise((resolve) => (finish = () => resolve(undefined)));
  const one = () => {
    done += 1;
    if (done === count) finish();
  };
  return { finished, one };
}

/**
 * @param {number} count
 * @param {(n: number) => Promise<unknown>} work
 */
async function inFlight(count, work) {
  let next = 0;
  const loop = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, loop));
}

/**
 * The same row, once as an order that is still open and once as one that is paid: that is an event.
 * @param {import('./ground.mjs').Ground} ground
 */
async function saved(ground) {
  const app = await ground.app();
  const tenant = await makeTenant(app, 'events-bench');
  const load = (/** @type {string} */ status) => ({
    url: app.url,
    path: '/parse/classes/Purchase',
    method: /** @type {const} */ ('POST'),
    headers: {
      'x-parse-application-id': APP_ID,
      'x-parse-master-key': MASTER_KEY,
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      total: 12.5,
      currency: 'EUR',
      status,
      purchased_at: { __type: 'Date', iso: '2026-01-02T03:04:05.000Z' },
      tenant: { __type: 'Pointer', className: 'Tenant', objectId: tenant },
    }),
    status: 201,
    connections: 16,
  });
  const peer = 'a Purchase saved by Parse REST, no event';
  return pairedRounds([
    { name: peer, load: load('pending') },
    { name: 'the same, paid: with its event', peer, load: load('paid') },
  ]);
}
