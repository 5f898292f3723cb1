import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freePort } from '../../harness/free-port';

export interface OwnRedis {
  url: string;
  /** SIGKILL, then a start on the same folder and port. */
  crashAndRestart(downMs: number): Promise<void>;
  /** SIGKILL: connections break, new ones are refused. */
  crash(): Promise<void>;
  restart(): Promise<void>;
  /** SIGSTOP: connections stay and nothing answers, until thawed. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

/** A Redis of the test's own, which may be killed: append-only file on, as production must have it. */
export async function startOwnRedis(): Promise<OwnRedis> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'appbackend-redis-'));
  const port = await freePort();
  let child = await start(folder, port);
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  return {
    url: `redis://127.0.0.1:${port}/0`,
    crashAndRestart: async (downMs) => {
      await kill();
      await new Promise((resolve) => setTimeout(resolve, downMs));
      child = await start(folder, port);
    },
    crash: kill,
    restart: async () => {
      child = await start(folder, port);
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    stop: async () => {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function start(folder: string, port: number): Promise<ChildProcess> {
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''];
  args.push('--appendonly', 'yes', '--appendfsync', 'everysec', '--maxmemory-policy', 'noeviction');
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  // A test that dies must not leave a server behind.
  process.once('exit', () => child.kill('SIGKILL'));
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error('redis-server ended.')));
    child.stdout.on('data', (text: Buffer) => {
      if (text.includes('Ready to accept connections')) resolve();
    });
  });
  return child;
}
