import { fork, type ChildProcess } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { MongoClient } from 'mongodb';
import { freePort } from '../../harness/free-port';
import { testServer, type Answer, type ApiOptions } from '../../harness/app';
import { uniqueName } from '../../factories/ids';

const BOOT_LIMIT_MS = 60_000;

/** A web process of this test file alone: its own settings, database and folder. */
export interface ExtraServer {
  url: string;
  port: number;
  databaseUri: string;
  env: Record<string, string>;
  process: ChildProcess;
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** What it has printed so far. */
  output(): string;
  api<T = any>(method: string, route: string, options?: ApiOptions): Promise<Answer<T>>;
  stop(): Promise<void>;
}

/**
 * Starts dist/server/main.js with other settings and a fresh database.
 * @param options.root of the project whose server it is; by default this one
 */
export async function startExtraServer(
  settings: Record<string, string> = {},
  options: { root?: string } = {},
): Promise<ExtraServer> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'appbackend-extra-'));
  const database = await freshDatabase();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = {
    ...testServer().env,
    ...database.env,
    ...ownRedis(settings),
    PORT: String(port),
    PUBLIC_URL: url,
    DATA_DIR: path.join(folder, 'data'),
    ...settings,
  };
  mkdirSync(env.DATA_DIR, { recursive: true });
  const child = spawnServer(env, options.root);
  const cleanUp = async (): Promise<void> => {
    await endChild(child.process, child.exited);
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  };
  if (!(await child.ready)) {
    const output = child.output();
    await cleanUp();
    throw new Error(`An extra server did not become ready. It printed:\n${output}`);
  }
  return { url, port, databaseUri: database.uri, env, ...child, api: apiOf(url), stop: cleanUp };
}

/**
 * With a database of its own, its jobs are for its own workers: the worker of the server of all tests would take them
 * and find no row. Whoever names the database shares the queue as well.
 */
function ownRedis({ MONGODB_URL, DATABASE_URI }: Record<string, string>): Record<string, string> {
  const { REDIS_DB, REDIS_QUEUE_DB } = testServer().env;
  if (!REDIS_DB || MONGODB_URL || DATABASE_URI) return {};
  return { REDIS_DB: String(Number(REDIS_DB) + 2), REDIS_QUEUE_DB: String(Number(REDIS_QUEUE_DB) + 2) };
}

/** Runs the web process for its refusal to start. */
export async function runServerToItsEnd(env: Record<string, string>): Promise<{ code: number | null; output: string }> {
  const child = spawnServer(env);
  const { code } = await child.exited;
  // What it printed may come after its end.
  await child.closed;
  return { code, output: child.output() };
}

export interface Child {
  process: ChildProcess;
  ready: Promise<boolean>;
  exited: ExtraServer['exited'];
  closed: Promise<unknown>;
  output(): string;
}

/** A web process with just these settings; it may never become ready. */
export function spawnServer(env: Record<string, string>, root = path.resolve(__dirname, '../../..')): Child {
  const main = path.join(root, 'dist/server/main.js');
  const child = fork(main, { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  // Beside the other servers' logs, for what a failed lane shows.
  const logFile = path.join(path.dirname(testServer().logFile), 'extra.log');
  let output = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      appendFileSync(logFile, chunk);
    });
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    // Not `close`: that event stays away from a child whose channel was cut.
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const closed = new Promise((resolve) => child.once('close', resolve));
  const ready = new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), BOOT_LIMIT_MS);
    child.on('message', (message: { type?: string }) => {
      if (message.type === 'ready') resolve(true);
    });
    void exited.then(() => {
      clearTimeout(timer);
      resolve(false);
    });
    child.once('message', () => clearTimeout(timer));
  });
  return { process: child, ready, exited, closed, output: () => output };
}

export async function endChild(child: ChildProcess, exited: ExtraServer['exited']): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), 20_000);
    await exited;
    clearTimeout(killer);
  }
}

/** As `api` of the harness, for another address. */
export function apiOf(url: string): ExtraServer['api'] {
  return async (method, route, { token, body, headers = {} } = {}) => {
    const isJson = typeof body === 'object' && !(body instanceof Uint8Array);
    const response = await fetch(new URL(route, url), {
      method,
      headers: {
        ...(isJson ? { 'Content-Type': 'application/json' } : {}),
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isJson ? JSON.stringify(body) : (body as string) }),
    });
    const text = await response.text();
    let parsed: any = text;
    try {
      parsed = JSON.parse(text);
    } catch {
      // Not JSON: the text itself.
    }
    return { status: response.status, headers: response.headers, body: parsed };
  };
}

/** An empty database on the server of this lane. */
export async function freshDatabase(): Promise<{
  uri: string;
  env: Record<string, string>;
  drop: () => Promise<void>;
}> {
  const server = testServer();
  const name = uniqueName('extra_');
  const uri = Object.assign(new URL(server.databaseUri), { pathname: `/${name}` }).toString();
  if (server.databaseUri.startsWith('mongodb')) {
    const drop = async (): Promise<void> => {
      const client = await new MongoClient(uri).connect();
      await client.db().dropDatabase();
      await client.close();
    };
    return { uri, env: { MONGODB_URL: uri }, drop };
  }
  const run = async (sql: string): Promise<void> => {
    const client = new Client({ connectionString: server.databaseUri });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  await run(`create database ${name}`);
  return { uri, env: { DATABASE_URI: uri }, drop: () => run(`drop database ${name} with (force)`) };
}
