import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { forkChild, shutDown } from '#launcher/children.mjs';
import { freePorts } from '#launcher/ports.mjs';
import { startPostgres } from '#launcher/postgres.mjs';
import { inRoot } from '../lib/project.mjs';

export const MASTER_KEY = 'bench-master-key';
export const APP_ID = 'appbackend';
const ADMIN = { email: 'admin@example.com', password: 'Bench-pass-1234' };

/**
 * @typedef {object} App the app's two processes, and a person who may do all
 * @property {string} url
 * @property {string} databaseUri
 * @property {number | undefined} webPid
 * @property {number | undefined} workerPid
 * @property {string} token
 * @property {string} sessionToken
 *
 * @typedef {object} Ground
 * @property {string} folder
 * @property {(name: string) => Promise<string>} database makes one; its address
 * @property {(name: string, env?: Record<string, string>) => Promise<{ url: string, pid: number | undefined }>} peer
 *   a peer below bench/peers: it gets its port in PORT
 * @property {(env?: Record<string, string>) => Promise<App>} app
 *
 * @typedef {(file: string, env: Record<string, string>) => Promise<import('#launcher/children.mjs').Child>} Start
 */

/**
 * Runs a section on its own embedded PostgreSQL with default durability (fsync on), and ends all
 * that it started. `ground` gives it databases, the app's two processes and peers.
 * @template T
 * @param {(ground: Ground) => Promise<T>} run
 */
export async function withGround(run) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'appbackend-bench-'));
  // The database's own user passes through it.
  fs.chmodSync(folder, 0o711);
  const postgres = await startPostgres({ dataDir: path.join(folder, 'db'), log: () => {} });
  /** @type {import('#launcher/children.mjs').Child[]} */
  const children = [];
  /** @type {Start} */
  const start = async (file, env) => {
    const log = fs.openSync(path.join(folder, `${path.basename(file)}.log`), 'a');
    const child = forkChild(file, {
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      stdio: ['ignore', log, log, 'ipc'],
    });
    children.push(child);
    if (!(await child.ready))
      throw new Error(
        `${file} did not start; the end of its log:\n${fs.readFileSync(path.join(folder, `${path.basename(file)}.log`), 'utf8').slice(-2000)}`,
      );
    return child;
  };
  /** @type {Ground} */
  const ground = {
    folder,
    database: async (name) => {
      await query(postgres.uri('postgres'), `create database ${name}`);
      return postgres.uri(name);
    },
    peer: async (name, env = {}) => {
      const [port] = await freePorts(1);
      const child = await start(inRoot('scripts/bench/peers', name), { PORT: String(port), ...env });
      return { url: `http://127.0.0.1:${port}`, pid: child.pid };
    },
    app: (env = {}) => startApp(ground, start, env),
  };
  try {
    return await run(ground);
  } finally {
    for (const child of children.reverse()) await shutDown(child, 8_000);
    await postgres.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {Ground} ground
 * @param {Start} start
 * @param {Record<string, string>} settings
 * @returns {Promise<App>}
 */
async function startApp(ground, start, settings) {
  const databaseUri = await ground.database('app');
  const [port] = await freePorts(1);
  const url = `http://127.0.0.1:${port}`;
  const env = {
    // As in production, without its demands for secrets' origin: they are given here.
    NODE_ENV: 'production',
    PORT: String(port),
    HOST: '127.0.0.1',
    PUBLIC_URL: url,
    DATABASE_URI: databaseUri,
    DATA_DIR: path.join(ground.folder, 'data'),
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
    PARSE_MASTER_KEY: MASTER_KEY,
    JWT_SECRET: 'a secret for benchmarks only, of good length',
    RATE_LIMIT_USER_MAX: '100000000',
    RATE_LIMIT_MAX: '100000000',
    ...settings,
  };
  const web = await start(inRoot('dist/server/main.js'), env);
  const worker = await start(inRoot('dist/jobs/main.js'), env);
  const answer = await fetch(`${url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(ADMIN),
  });
  const login = /** @type {any} */ (await answer.json());
  return {
    url,
    databaseUri,
    webPid: web.pid,
    workerPid: worker.pid,
    token: login.access_token,
    sessionToken: login.session_token,
  };
}

/**
 * @param {string} uri
 * @param {string} sql
 * @param {unknown[]} [values]
 */
export async function query(uri, sql, values) {
  const client = new pg.Client({ connectionString: uri });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows;
  } finally {
    await client.end();
  }
}

/**
 * A tenant of its own for a round, made as an operator would.
 * @param {App} app
 * @param {string} name
 * @returns {Promise<string>} its id
 */
export async function makeTenant(app, name) {
  const answer = await fetch(`${app.url}/parse/classes/Tenant`, {
    method: 'POST',
    headers: { 'x-parse-application-id': APP_ID, 'x-parse-master-key': MASTER_KEY, 'content-type': 'application/json' },
    body: JSON.stringify({ name, slug: name, status: 'active', settings: { time_zone: 'UTC', currency: 'USD' } }),
  });
  const body = /** @type {any} */ (await answer.json());
  if (!answer.ok) throw new Error(`No tenant: ${JSON.stringify(body)}`);
  return body.objectId;
}
