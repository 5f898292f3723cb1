import fs from 'node:fs';
import path from 'node:path';
import { forkChild, shutDown } from '#launcher/children.mjs';
import { freePorts } from '#launcher/ports.mjs';
import { inRoot, readIfThere } from '../../scripts/lib/project.mjs';
import { within } from '../../scripts/lib/say.mjs';

const BOOT_LIMIT_MS = 60_000;
const MASTER_KEY = 'test-master-key';

/**
 * @typedef {import('#launcher/children.mjs').Child} Child
 * @typedef {object} TestServer
 * @property {string} url
 * @property {Record<string, string | undefined>} env
 * @property {string} dataDir
 * @property {string} logFile
 * @property {Child} [web]
 * @property {Child} [worker]
 */

/**
 * One web server and one worker for each Jest worker, each pair with a database of its own.
 * @param {{ count: number, folder: string, envFor: (number: number) => Record<string, string> }} options
 */
export async function startTestServers({ count, folder, envFor }) {
  const ports = await freePorts(count);
  const servers = ports.map((port, index) => describeServer({ port, number: index + 1, folder, envFor }));
  const results = await Promise.allSettled(servers.map(boot));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) {
    await stopTestServers(servers);
    throw failed.reason;
  }
  return servers;
}

/** @param {TestServer[]} servers */
export async function stopTestServers(servers) {
  const children = servers.flatMap(({ web, worker }) => [web, worker]).filter((child) => child !== undefined);
  await Promise.all(children.map((child) => shutDown(child, 8_000)));
}

/**
 * What test files get to know: facts only, no handles.
 * @param {TestServer} server
 */
export function factsOf(server) {
  const { url, env, logFile, dataDir } = server;
  return {
    url,
    databaseUri: env.MONGODB_URL ?? env.DATABASE_URI,
    redisUrl: env.REDIS_URL,
    dataDir,
    logFile,
    masterKey: MASTER_KEY,
    webPid: server.web?.pid,
    workerPid: server.worker?.pid,
    env,
  };
}

/**
 * @param {{ port: number, number: number, folder: string, envFor: (number: number) => Record<string, string> }} options
 * @returns {TestServer}
 */
function describeServer({ port, number, folder, envFor }) {
  const dataDir = path.join(folder, `data${number}`);
  const url = `http://127.0.0.1:${port}`;
  const env = {
    ...hostEnv(),
    NODE_ENV: 'test',
    PORT: String(port),
    HOST: '127.0.0.1',
    PUBLIC_URL: url,
    DATA_DIR: dataDir,
    ADMIN_EMAIL: 'admin@example.com',
    ADMIN_PASSWORD: 'Admin-pass-1234',
    DEMO_DATA: 'off',
    // Tests make people by the hundred, and guess at no hash.
    PASSWORD_HASH_COST: '4',
    // A slow machine is no outage.
    DATABASE_PATIENCE_MS: '20000',
    PARSE_MASTER_KEY: MASTER_KEY,
    JWT_SECRET: 'a secret for tests only, of good length',
    RATE_LIMIT_USER_MAX: '1000000',
    RATE_LIMIT_MAX: '1000000',
    // Receivers of webhooks stand on this machine.
    OUTGOING_LOOPBACK: 'on',
    // Shopify's is not set: what is not configured is tested as well.
    WEBHOOK_SECRET: 'a-secret-of-the-tests-own, the-secret-before-it',
    STRIPE_WEBHOOK_SECRET: 'whsec_test_of_stripe_0123456789',
    GITHUB_WEBHOOK_SECRET: "It's a Secret to Everybody",
    LOG_LEVEL: process.env.TEST_LOG_LEVEL || 'warn',
    ...envFor(number),
  };
  return { url, env, dataDir, logFile: path.join(folder, `server${number}.log`) };
}

/** Only what a process needs to run: a developer's own settings must not change the tests. */
function hostEnv() {
  const kept = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'TZ', 'DATASETS_DIR'];
  return Object.fromEntries(kept.filter((name) => process.env[name]).map((name) => [name, process.env[name]]));
}

/** @param {TestServer} server */
async function boot(server) {
  fs.mkdirSync(server.dataDir, { recursive: true });
  const log = fs.openSync(server.logFile, 'a');
  /** @type {import('node:child_process').StdioOptions} */
  const stdio = ['ignore', log, log, 'ipc'];
  const options = { env: server.env, stdio };
  server.web = forkChild(inRoot('dist/server/main.js'), options);
  const isReady = await within(server.web.ready, BOOT_LIMIT_MS);
  if (isReady) server.worker = forkChild(inRoot('dist/jobs/main.js'), options);
  fs.closeSync(log);
  if (isReady) return;
  const tail = (readIfThere(server.logFile) ?? '').split('\n').slice(-40).join('\n');
  const what = isReady === false ? 'ended while starting' : `was not ready after ${BOOT_LIMIT_MS / 1000} s`;
  throw new Error(`A test server ${what}. The end of its log:\n${tail}`);
}
