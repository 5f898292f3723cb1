import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { waitFor } from '../../harness/app';

export const projectRoot = path.resolve(__dirname, '../../..');
const BOOT_LIMIT_MS = 60_000;

export interface Launcher {
  process: ChildProcess;
  url: string;
  /** All it and its children have printed. */
  output(): string;
  exited: Promise<number | null>;
  ready(): Promise<void>;
}

export interface LauncherOptions {
  dataDir: string;
  port: number;
  /** @defaultValue 127.0.0.1 */
  host?: string;
  env?: object;
  nodeArgs?: string[];
  /** With npm in between, as a user starts it; `process` is npm's then. */
  throughNpm?: boolean;
}

/** Runs scripts/start.mjs as `npm start` does, with settings of its own. */
export function startLauncher(options: LauncherOptions): Launcher {
  const { PATH, HOME, LANG, TMPDIR } = process.env;
  const { host = '127.0.0.1' } = options;
  const settings = { DATA_DIR: options.dataDir, PORT: String(options.port), HOST: host };
  const quiet = { DEMO_DATA: 'off', ADMIN_PASSWORD: 'Admin-pass-1234', LOG_LEVEL: 'warn', NODE_ENV: 'test' };
  const env = { PATH, HOME, LANG, TMPDIR, ...settings, ...quiet, ...options.env };
  const command = options.throughNpm
    ? ['npm', 'start']
    : [process.execPath, ...(options.nodeArgs ?? []), path.join(projectRoot, 'scripts/start.mjs')];
  const child = spawn(command[0]!, command.slice(1), {
    cwd: projectRoot,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: options.throughNpm, // a group of its own, as a terminal gives it
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${options.port}`;
  return { process: child, url, output: () => text, exited, ready: () => isServing(child, url, () => text) };
}

async function isServing(child: ChildProcess, url: string, output: () => string): Promise<void> {
  try {
    await waitFor(async () => child.exitCode !== null || (await answers(url)), { timeoutMs: BOOT_LIMIT_MS });
  } catch (error) {
    throw new Error(`The launcher is not serving. Its output:\n${output()}`, { cause: error });
  }
  if (child.exitCode !== null) throw new Error(`The launcher ended with ${child.exitCode}. Its output:\n${output()}`);
}

export async function answers(url: string): Promise<boolean> {
  const response = await fetch(`${url}/health/ready`).catch(() => undefined);
  await response?.arrayBuffer();
  return response?.ok ?? false;
}

/** A new data folder that the database's user may walk through. */
export function newDataDir(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'appbackend-start-'));
  chmodSync(folder, 0o711);
  return folder;
}

/** Ends whatever a failed test left: the launcher, and the database in its folder. */
export async function cleanUp(dataDir: string, launchers: Launcher[]): Promise<void> {
  for (const launcher of launchers) {
    if (launcher.process.exitCode === null && launcher.process.signalCode === null) launcher.process.kill('SIGTERM');
    await launcher.exited;
  }
  const pid = postgresPid(dataDir);
  if (pid) killQuietly(pid, 'SIGQUIT');
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
}

export function postgresPid(dataDir: string): number {
  try {
    return Number(readFileSync(path.join(dataDir, 'pg/postmaster.pid'), 'utf8').split('\n')[0]);
  } catch {
    return 0;
  }
}

/**
 * One that has ended is none, though its parent has not heard of it yet: a container's first process may never ask.
 * The same as in scripts/lib/processes.mjs, which Jest cannot load beside CommonJS.
 */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    // Gone this moment, or a system without /proc.
    return !existsSync('/proc/self');
  }
}

function killQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}
