import { fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { newDataDir } from '../../start/support/launcher';

export interface OwnPostgres {
  uri: string;
  /** SIGKILL of the postmaster, then a start on the same folder and port. */
  crashAndRestart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startOwnPostgres(): Promise<OwnPostgres> {
  const folder = newDataDir();
  const child = fork(path.join(__dirname, 'own-postgres-child.mjs'), [folder], {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const [{ uri }] = (await Promise.race([
    once(child, 'message'),
    ended.then(() => Promise.reject(new Error('PostgreSQL did not start.'))),
  ])) as [{ uri: string }];
  return {
    uri,
    crashAndRestart: async () => {
      const back = once(child, 'message');
      child.send('crash');
      await back;
    },
    stop: async () => {
      child.send('stop');
      await ended;
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
