import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { asUser, type User } from './postgres-user.mjs';
import { isRunning, isZombie, signal } from '../scripts/lib/processes.mjs';
import { processesIn, waitForEnd, workingFolder } from './processes.mjs';
import { readIfThere } from '../scripts/lib/project.mjs';
import { StartError, sleep, withTicks } from '../scripts/lib/say.mjs';

const LOG_LIMIT_BYTES = 10_000_000;

/** A PostgreSQL that already runs on this folder, left by a launcher that was killed. */
export function findRunning(data: string): { pid: number; port: number } | undefined {
  const { pid, port } = readPidFile(data);
  if (!pid || !isRunning(pid) || !worksIn(pid, data)) return undefined;
  return { pid, port };
}

/**
 * Removes what a killed PostgreSQL left and would refuse to start over. Its own guard is kept
 * wherever it is right: the file goes only when nobody works in the folder any more.
 */
export async function clearRemains(data: string): Promise<void> {
  const { pid } = readPidFile(data);
  if (!pid) return;
  const folder = fs.realpathSync(data);
  // A busy backend outlives its postmaster and may still write.
  const left = await waitForEnd(processesIn(folder), 5_000);
  left.forEach((backend) => signal(backend, 'SIGKILL'));
  await waitForEnd(left, 5_000);
  // A zombie and another program with the same number both look alive to PostgreSQL.
  if (isZombie(pid) || isRunning(pid)) fs.rmSync(path.join(data, 'postmaster.pid'), { force: true });
}

interface LaunchOptions {
  native: string;
  data: string;
  state: string;
  port: number;
  user: User;
  flags: string[];
  onSpawn: (pid: number) => void;
}

/**
 * Starts the server and waits until it takes connections.
 * @param onSpawn gets the pid at once, so that a stop during a long recovery finds it.
 * @returns whether it is up; false when it ended by itself at once (port taken meanwhile).
 */
export async function launch(options: LaunchOptions): Promise<boolean> {
  const { native, data, state, port, user, flags, onSpawn } = options;
  const logFd = openLog(path.join(state, 'pg.log'));
  const listen = ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='];
  const child = spawn(path.join(native, 'bin/postgres'), ['-D', data, '-p', String(port), ...listen, ...flags], {
    ...asUser(user),
    detached: true, // Ctrl-C must reach the app first
    stdio: ['ignore', logFd, logFd],
  });
  fs.closeSync(logFd);
  if (child.pid) onSpawn(child.pid);
  let ended = false;
  child.once('exit', () => (ended = true));
  child.once('error', () => (ended = true));
  child.unref();
  const isReady = () => {
    const file = readPidFile(data);
    return file.pid === child.pid && file.status === 'ready';
  };
  const waitUntilReady = async (limitMs: number) => {
    for (const until = Date.now() + limitMs; !ended && !isReady() && Date.now() < until;) await sleep(15);
  };
  await waitUntilReady(2_000);
  // After a power cut it replays its log first; that may take minutes, and must not be cut short.
  if (!ended && !isReady()) await withTicks('The database is recovering', () => waitUntilReady(600_000));
  if (isReady()) return true;
  if (ended) return false;
  throw new StartError(`The database is not ready after ten minutes; see ${path.join(state, 'pg.log')}.`);
}

const STOP_STEPS = [
  ['SIGINT', 10_000],
  ['SIGQUIT', 3_000],
  ['SIGKILL', 2_000],
] as const;

/** Fast shutdown; harder ones only when that does not end. */
export async function stopServer(pid: number): Promise<void> {
  for (const [name, ms] of STOP_STEPS) {
    if (!isRunning(pid)) return;
    signal(pid, name);
    await waitForEnd([pid], ms);
  }
}

/** The last words of the log, for a message. */
export function logTail(state: string, lines = 3): string {
  return (readIfThere(path.join(state, 'pg.log')) ?? '').trim().split('\n').slice(-lines).join(' | ');
}

function readPidFile(data: string) {
  const lines = (readIfThere(path.join(data, 'postmaster.pid')) ?? '').split('\n');
  return { pid: Number(lines[0]) || 0, port: Number(lines[3]) || 0, status: lines[7]?.trim() };
}

function worksIn(pid: number, data: string): boolean {
  const folder = workingFolder(pid);
  // Without /proc (macOS) the file is all there is to go by.
  return folder === undefined ? !fs.existsSync('/proc/self') : folder === fs.realpathSync(data);
}

function openLog(file: string): number {
  const size = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_LIMIT_BYTES) fs.renameSync(file, `${file}.1`);
  return fs.openSync(file, 'a', 0o600);
}
