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

export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
