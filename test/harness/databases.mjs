import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { isRunning, signal } from '../../scripts/lib/processes.mjs';
import { readIfThere } from '../../scripts/lib/project.mjs';

const PREFIX = 'appbackend-test-';

/**
 * @typedef {object} Databases
 * @property {(index: number) => Record<string, string>} envFor
 * @property {() => void} abort
 * @property {() => Promise<void>} close
 */

/**
 * Gives each test server its own databases, on the servers that the lane asks for.
 * @param {{ lane: string, folder: string, count: number }} options
 * @returns {Promise<Databases>}
 */
export async function openTestDatabases({ lane, folder, count }) {
  const redis = lane === 'postgres' ? undefined : openRedis();
  await redis?.flush(count);
  const database = lane === 'mongo' ? openMongo(count) : await openPostgres(folder, count);
  return {
    envFor: (index) => ({ ...database.envFor(index), ...redis?.envFor(index) }),
    abort: database.abort,
    close: database.close,
  };
}

/** A folder for one run. Those of runs that were killed go first, with what still runs in them. */
export function makeRunFolder() {
  for (const name of fs.readdirSync(os.tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    const owner = Number(name.slice(PREFIX.length).split('-')[0]);
    if (!isRunning(owner)) removeRunFolder(path.join(os.tmpdir(), name));
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `${PREFIX}${process.pid}-`));
  fs.chmodSync(folder, 0o711); // the database's user walks through it
  return folder;
}

/** @param {string} folder */
function removeRunFolder(folder) {
  try {
    abortPostgres(folder);
    fs.rmSync(folder, { recursive: true, force: true });
  } catch {
    // Another user's, or another run is removing it at the same time.
  }
}

/**
 * Synchronous, for the end of a process: the data is thrown away, so hard is good enough.
 * @param {string} folder
 */
function abortPostgres(folder) {
  const pid = Number((readIfThere(path.join(folder, 'database/pg/postmaster.pid')) ?? '').split('\n')[0]);
  if (pid) signal(pid, 'SIGQUIT');
}

/** Test files start workers and servers of their own beside those of all tests. */
const MANY = ['-c', 'max_connections=400'];

/**
 * @param {string} folder
 * @param {number} count
 * @returns {Promise<Databases>}
 */
async function openPostgres(folder, count) {
  const { THROWAWAY, startPostgres } = await import('#launcher/postgres.mjs');
  const server = await startPostgres({
    dataDir: path.join(folder, 'database'),
    flags: [...THROWAWAY, ...MANY],
    log: () => {},
  });
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: server.uri('postgres') });
  await client.connect();
  for (let index = 1; index <= count; index += 1) await client.query(`create database w${index}`);
  await client.end();
  return {
    envFor: (index) => ({ DATABASE_URI: server.uri(`w${index}`) }),
    abort: () => abortPostgres(folder),
    close: () => server.stop(),
  };
}

/**
 * @param {number} count
 * @returns {Databases}
 */
function openMongo(count) {
  const bases = (process.env.MONGODB_TEST_URL ?? '').split(' ').filter(Boolean);
  if (!bases.length)
    throw new Error('The lane "mongo" needs MONGODB_TEST_URL; npm test finds or starts a server by itself.');
  const urlFor = (/** @type {number} */ index) => {
    const url = new URL(String(bases[(index - 1) % bases.length]));
    url.pathname = `/appbackend_test_${process.pid}_w${index}`;
    return url.toString();
  };
  return {
    envFor: (index) => ({ MONGODB_URL: urlFor(index) }),
    abort: () => {},
    async close() {
      const { MongoClient } = await import('mongodb');
      for (let index = 1; index <= count; index += 1) {
        const client = await new MongoClient(urlFor(index)).connect();
        await client.db().dropDatabase();
        await client.close();
      }
    },
  };
}

/**
 * Four database numbers a server: cache and queue, and the same for a file's own server (test/frame/support/extra-server.ts).
 * REDIS_TEST_URL must name a server whose data may go.
 */
function openRedis() {
  const url = process.env.REDIS_TEST_URL;
  if (!url) throw new Error('This lane needs REDIS_TEST_URL; npm test finds or starts a server by itself.');
  return {
    envFor: (/** @type {number} */ index) => ({
      REDIS_URL: url,
      REDIS_DB: String(index * 4 - 2),
      REDIS_QUEUE_DB: String(index * 4 - 1),
    }),
    async flush(/** @type {number} */ count) {
      const { Redis } = await import('ioredis');
      for (let db = 2; db <= count * 4 + 1; db += 1) {
        const client = new Redis(url, { db });
        await client.flushdb();
        await client.quit();
      }
    },
  };
}
