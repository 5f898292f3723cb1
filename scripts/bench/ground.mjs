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
 * Runs a section on its own embedded PostgreSQL with default durability (fsync on), and ends all
 * that it started. `ground` gives it databases, the app's two processes and peers.
 */
export async function withGround(run) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'appbackend-bench-'));
  // The database's own user passes through it.
  fs.chmodSync(folder, 0o711);
  const postgres = await startPostgres({ dataDir: path.join(folder, 'db'), log: () => {} });
  const children = [];
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
  const ground = {
    folder,
    database: async (name) => {
      await query(postgres.uri('postgres'), `create database ${name}`);
      return postgres.uri(name);
    },
    /** A peer below bench/peers: it gets its port in PORT. */
    peer: async (name, env = {}) => {
      const [port] = await freePorts(1);
      const child = await start(inRoot('scripts/bench/peers', name), { PORT: String(port), ...env });
      return { url: `http://127.0.0.1:${port}`, pid: child.pid };
    },
    app: () => startApp(ground, start),
  };
  try {
    return await run(ground);
  } finally {
    for (const child of children.reverse()) await shutDown(child, 8_000);
    await postgres.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

async function startApp(ground, start) {
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
  };
  const web = await start(inRoot('dist/server/main.js'), env);
  const worker = await start(inRoot('dist/jobs/main.js'), env);
  const login = await (
    await fetch(`${url}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(ADMIN),
    })
  ).json();
  return {
    url,
    databaseUri,
    webPid: web.pid,
    workerPid: worker.pid,
    token: login.access_token,
    sessionToken: login.session_token,
  };
}

export async function query(uri, sql, values) {
  const client = new pg.Client({ connectionString: uri });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows;
  } finally {
    await client.end();
  }
}

/** A tenant of its own for a round, made as an operator would. */
export async function makeTenant(app, name) {
  const answer = await fetch(`${app.url}/parse/classes/Tenant`, {
    method: 'POST',
    headers: { 'x-parse-application-id': APP_ID, 'x-parse-master-key': MASTER_KEY, 'content-type': 'application/json' },
    body: JSON.stringify({ name, slug: name, status: 'active', settings: { time_zone: 'UTC', currency: 'USD' } }),
  });
  const body = await answer.json();
  if (!answer.ok) throw new Error(`No tenant: ${JSON.stringify(body)}`);
  return body.objectId;
}
