// `npm test`. Every lane is one Jest run on other databases; the last line is the sum of all.
import { requireNode } from './lib/check-node.mjs';

requireNode();
const { prepare } = await import('./lib/prepare.mjs');
const { exitWith, say } = await import('./lib/say.mjs');
const { runLane } = await import('../test/harness/lane.mjs');

/** @typedef {import('../test/harness/lane.mjs').Counts} Counts */
/** @typedef {{ describe: string, env: Record<string, string>, stop: () => Promise<unknown> }} Ground */
/** @typedef {import('../test/harness/backing.mjs').Absent} Absent */

/** @type {Record<string, () => Promise<Ground | Absent>>} */
const LANES = {
  postgres: async () => ({ describe: 'embedded PostgreSQL, no Redis', env: {}, stop: async () => {} }),
  redis: redisLane,
  mongo: mongoLane,
};

await main().catch(exitWith);

async function main() {
  const wanted = (process.env.TEST_LANES ?? Object.keys(LANES).join(',')).split(',').map((name) => name.trim());
  const unknown = wanted.filter((name) => !LANES[name]);
  if (unknown.length) throw new Error(`TEST_LANES knows ${Object.keys(LANES).join(', ')}, not ${unknown.join(', ')}.`);
  await prepare({ mode: 'full' });
  const total = { passed: 0, failed: 0, skipped: 0 };
  /** @type {string[]} */
  const notes = [];
  const reports = [];
  for (const lane of wanted) {
    const ground = await LANES[lane]?.();
    if (!ground) continue;
    if ('reason' in ground) {
      notes.push(`Lane ${lane}: skipped, ${ground.reason}.`);
      continue;
    }
    notes.push(`Lane ${lane}: ${ground.describe}.`);
    say(`\n== ${notes.at(-1)}`);
    const counted = await runLane(lane, { env: ground.env, args: process.argv.slice(2) }).finally(ground.stop);
    for (const key of /** @type {const} */ (['passed', 'failed', 'skipped'])) total[key] += counted[key];
    notes.push(`  ${summary(counted)}`);
    if (counted.report) reports.push(counted.report);
  }
  // Once more at the end: a long log is often read from there.
  if (reports.length) say(`\n${reports.join('\n')}`);
  say(`\n${notes.join('\n')}`);
  say(summary(total));
  process.exit(total.failed ? 1 : 0);
}

/** @param {Counts} counts */
function summary({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** It needs the launcher, which is compiled first. */
async function backing() {
  return import('../test/harness/backing.mjs');
}

/** @returns {Promise<Ground | Absent>} */
async function redisLane() {
  const { findRedis } = await backing();
  const redis = await findRedis();
  if ('reason' in redis) return redis;
  const env = { REDIS_TEST_URL: redis.url };
  return { describe: `embedded PostgreSQL and ${redis.name}`, env, stop: redis.stop };
}

/** @returns {Promise<Ground | Absent>} */
async function mongoLane() {
  const { findMongo, findRedis } = await backing();
  const mongo = await findMongo();
  if ('reason' in mongo) return mongo;
  const redis = await findRedis();
  if ('reason' in redis) {
    await mongo.stop();
    return redis;
  }
  const stop = () => Promise.all([mongo.stop(), redis.stop()]);
  const env = { MONGODB_TEST_URL: mongo.url, REDIS_TEST_URL: redis.url };
  return { describe: `${await versionOf(mongo)} and ${redis.name}`, env, stop };
}

/**
 * Says which MongoDB the figures are from: the stand-in is no proof for everything.
 * @param {import('../test/harness/backing.mjs').Backing} mongo
 */
async function versionOf(mongo) {
  const { MongoClient } = await import('mongodb');
  const client = await new MongoClient(String(mongo.url.split(' ')[0])).connect();
  const { version } = await client.db('admin').command({ buildInfo: 1 });
  await client.close();
  return `${mongo.name} (answers as version ${version})`;
}
