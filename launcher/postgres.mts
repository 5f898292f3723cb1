import fs from 'node:fs';
import path from 'node:path';
import { withDirLock } from '../scripts/lib/dir-lock.mjs';
import { makeFolder } from './folders.mjs';
import { bindProblem, freePort } from './ports.mjs';
import { findBinaries } from './postgres-binaries.mjs';
import { ensureCluster, savePort } from './postgres-cluster.mjs';
import { clearRemains, findRunning, launch, logTail, stopServer } from './postgres-server.mjs';
import { chooseUser, stateFolder, type User } from './postgres-user.mjs';
import { isRunning } from '../scripts/lib/processes.mjs';
import { StartError, say } from '../scripts/lib/say.mjs';

/** For data that may be lost: nothing is forced to the disk. */
export const THROWAWAY = ['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off'];

const DEFAULTS = ['-c', 'max_connections=200', '-c', 'shared_buffers=256MB', '-c', 'max_wal_size=2GB', '-c', 'jit=off'];
// The role is called "app": without this, a schema of that name would hide the tables in "public".
DEFAULTS.push('-c', 'search_path=public');
// After a crash, one sync of the file system instead of one a file: seconds less.
if (process.platform === 'linux') DEFAULTS.push('-c', 'recovery_init_sync_method=syncfs');

export interface Postgres {
  port: number;
  password: string;
  readonly pid: number;
  /** It was running already: a killed launcher left it. */
  adopted: boolean;
  stateDir: string;
  uri(database: string): string;
  isRunning(): boolean;
  lastWords(): string;
  stop(): Promise<void>;
  /** After it was killed: the same port, so that the connection pools find it again. */
  restart(): Promise<void>;
}

interface Server {
  state: string;
  user: User;
  native: string;
  data: string;
  port: number;
  password: string;
  pid: number;
  adopted: boolean;
}

interface PostgresOptions {
  dataDir: string;
  /** More arguments for postgres, such as THROWAWAY. */
  flags?: string[];
  log?: (text: string) => void;
}

/**
 * Starts the embedded PostgreSQL on `dataDir` (made on first use), or takes over one that a killed
 * launcher left running. It never stops by itself: call `stop()`.
 */
export async function startPostgres({ dataDir, flags = [], log = say }: PostgresOptions): Promise<Postgres> {
  makeFolder(dataDir, 0o711);
  const absolute = fs.realpathSync(dataDir);
  // One at a time: two first starts would make two clusters and keep one password.
  const lock = path.join(absolute, 'pg.lock');
  const locked = <T,>(work: () => Promise<T>) => withDirLock(lock, 'starting the database', work);
  const server = await locked(() => prepareAndStart(absolute, flags, log));
  return {
    port: server.port,
    password: server.password,
    stateDir: server.state,
    adopted: server.adopted,
    get pid() {
      return server.pid;
    },
    uri: (database) => `postgres://app:${server.password}@127.0.0.1:${server.port}/${database}`,
    isRunning: () => isRunning(server.pid),
    lastWords: () => logTail(server.state),
    stop: () => stopServer(server.pid),
    restart: () => locked(() => startAgain(server, flags)),
  };
}

async function prepareAndStart(dataDir: string, flags: string[], log: (text: string) => void): Promise<Server> {
  const state = stateFolder(dataDir, chooseUser(path.join(dataDir, 'pg')));
  const user = chooseUser(path.join(state, 'pg'));
  const native = findBinaries(state, user);
  const quick = flags.includes('fsync=off');
  const { data, port, password } = await ensureCluster({ state, native, user, quick });
  const server: Server = { state, user, native, data, port, password, pid: 0, adopted: false };
  if (adopt(server)) log('Took over the database of the previous run.');
  else await startOnSomePort(server, flags);
  return server;
}

function adopt(server: Server): boolean {
  const running = findRunning(server.data);
  if (!running) return false;
  Object.assign(server, running, { adopted: true });
  return true;
}

async function startOnSomePort(server: Server, flags: string[]): Promise<void> {
  await clearRemains(server.data);
  for (let round = 0; round < 5; round += 1) {
    if (round > 0 || (await bindProblem(server.port, '127.0.0.1'))) {
      server.port = await freePort();
      savePort(server.state, server);
    }
    if (await up(server, flags)) return;
  }
  throw new StartError(`The embedded database does not start: ${logTail(server.state)}`);
}

const up = (server: Server, flags: string[]) =>
  launch({ ...server, flags: [...DEFAULTS, ...flags], onSpawn: (pid) => (server.pid = pid) });

async function startAgain(server: Server, flags: string[]): Promise<void> {
  if (adopt(server)) return;
  await clearRemains(server.data);
  for (let round = 0; round < 5; round += 1) {
    if (await up(server, flags)) return;
  }
  throw new StartError(`The embedded database does not come back: ${logTail(server.state)}`);
}
