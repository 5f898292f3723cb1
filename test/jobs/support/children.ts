import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { TestBackend } from './backends';

/** Starts a worker process on the backend and waits until it takes jobs. */
export async function startChild(backend: TestBackend): Promise<ChildProcess> {
  const child = fork(path.join(__dirname, 'worker-child.ts'), [JSON.stringify(backend.settings)], {
    execArgv: ['-r', path.join(__dirname, 'register-typescript.cjs')],
    env: { ...process.env, NODE_OPTIONS: '', DATABASE_URI: backend.databaseUri, LOG_LEVEL: 'silent' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit').then(() => 'ended' as const);
  // A poisoned worker may die before it could say that it is ready.
  await Promise.race([once(child, 'message'), ended]);
  return child;
}

/** Adds so many of {@link effectJob} at once, and is killed on the way; returns when it is dead. */
export async function addManyAndDie(backend: TestBackend, run: string, count: number): Promise<NodeJS.Signals | null> {
  const child = fork(path.join(__dirname, 'adding-child.ts'), [JSON.stringify(backend.settings), run, String(count)], {
    execArgv: ['-r', path.join(__dirname, 'register-typescript.cjs')],
    env: { ...process.env, NODE_OPTIONS: '', DATABASE_URI: backend.databaseUri, LOG_LEVEL: 'silent' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return signal;
}

export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
