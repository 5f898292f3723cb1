import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freshDatabase, spawnServer, type Child } from '../../frame/support/extra-server';
import { LANE, testServer } from '../../harness/app';
import { freePort } from '../../harness/free-port';
import { startOwnRedis } from '../../jobs/support/redis-server';
import { startOwnPostgres, type OwnPostgres } from './own-postgres';

type Victim = 'web' | 'worker' | 'postgres' | 'redis';

/** A web process and a worker on a database of their own, each of which may be killed. */
export interface MortalApp {
  url: string;
  env: Record<string, string>;
  databaseUri: string;
  victims: readonly Victim[];
  /** SIGKILL, then a start; returns when it works again. */
  kill(victim: Victim): Promise<void>;
  stop(): Promise<void>;
}

export async function startMortalApp(settings: Record<string, string>): Promise<MortalApp> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'appbackend-mortal-'));
  const { postgres, database } = await openDatabase();
  const redis = LANE === 'postgres' ? undefined : await startOwnRedis();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = {
    ...testServer().env,
    ...database.env,
    ...(redis ? { REDIS_URL: redis.url, REDIS_DB: '0', REDIS_QUEUE_DB: '1' } : {}),
    PORT: String(port),
    PUBLIC_URL: url,
    DATA_DIR: path.join(folder, 'data'),
    ...settings,
  };
  mkdirSync(env.DATA_DIR, { recursive: true });
  let web = await startWeb(env);
  let worker = await startWorker(env);
  const kills: Record<Victim, () => Promise<void>> = {
    web: async () => {
      await end(web.process);
      web = await startWeb(env);
    },
    worker: async () => {
      await end(worker);
      worker = await startWorker(env);
    },
    postgres: () => postgres!.crashAndRestart(),
    redis: () => redis!.crashAndRestart(200),
  };
  return {
    url,
    env,
    databaseUri: database.uri,
    victims: ['web', 'worker', ...(postgres ? ['postgres' as const] : []), ...(redis ? ['redis' as const] : [])],
    kill: (victim) => kills[victim](),
    stop: async () => {
      await Promise.all([end(web.process), end(worker)]);
      await Promise.all([database.drop(), redis?.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Opened {
  postgres: OwnPostgres | undefined;
  database: { uri: string; env: Record<string, string>; drop: () => Promise<void> };
}

/** The stand-in for MongoDB keeps its data in memory: it is not killed. */
async function openDatabase(): Promise<Opened> {
  if (LANE === 'mongo') return { postgres: undefined, database: await freshDatabase() };
  const postgres = await startOwnPostgres();
  const { uri } = postgres;
  return { postgres, database: { uri, env: { DATABASE_URI: uri }, drop: () => postgres.stop() } };
}

async function startWeb(env: Record<string, string>): Promise<Child> {
  const child = spawnServer(env);
  if (await child.ready) return child;
  throw new Error(`The web process did not start. It printed:\n${child.output()}`);
}

async function startWorker(env: Record<string, string>): Promise<ChildProcess> {
  const log = openSync(path.join(path.dirname(testServer().logFile), 'extra.log'), 'a');
  const main = path.resolve(__dirname, '../../../dist/jobs/main.js');
  const child = fork(main, { env, stdio: ['ignore', log, log, 'ipc'] });
  closeSync(log);
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('The worker ended at its start.')));
  ended.catch(() => undefined);
  await Promise.race([once(child, 'message'), ended]);
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
