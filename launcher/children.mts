import { fork, type ChildProcess, type ForkOptions } from 'node:child_process';
import { within } from '../scripts/lib/say.mjs';

const DRAIN_LIMIT_MS = 15_000;

interface End {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** One of the app's processes. */
export interface Child {
  process: ChildProcess;
  pid: number | undefined;
  /** Whether it came so far as to serve; false when it ended before. */
  ready: Promise<boolean>;
  exited: Promise<End>;
}

/**
 * Starts one of the app's processes. The contract with it: it sends `{type:'ready'}` once it
 * serves, ignores SIGINT while connected, and drains and exits 0 on `{type:'shutdown'}`, on
 * SIGTERM and when the channel to its parent closes.
 */
export function forkChild(
  file: string,
  { env, stdio = ['ignore', 'inherit', 'inherit', 'ipc'] }: Pick<ForkOptions, 'env' | 'stdio'>,
): Child {
  const child = fork(file, { env, stdio });
  const exited = new Promise<End>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', () => resolve({ code: 1, signal: null }));
  });
  const ready = new Promise<boolean>((resolve) => {
    child.on('message', (message) => {
      if ((message as { type?: unknown } | null)?.type === 'ready') resolve(true);
    });
    void exited.then(() => resolve(false));
  });
  return { process: child, pid: child.pid, ready, exited };
}

/** Asks the child to drain; after `limitMs` it is killed. Returns how it ended. */
export async function shutDown(child: Child, limitMs = DRAIN_LIMIT_MS): Promise<End> {
  // A child that is just ending has no channel any more; its exit is on the way.
  if (child.process.connected) child.process.send({ type: 'shutdown' }, () => {});
  else child.process.kill('SIGTERM');
  const end = await within(child.exited, limitMs);
  if (end) return end;
  child.process.kill('SIGKILL');
  return child.exited;
}

/** A child that is started again whenever it ends by itself. */
export interface Kept {
  shutDown(): Promise<void>;
  kill(): void;
}

/**
 * Keeps a child running: when it ends unexpectedly it is started again, first after 0.5 s, then
 * later and later, at most 10 s; a minute of good work resets the wait.
 */
export function keepRunning(name: string, start: () => Child, { onExit }: { onExit: (text: string) => void }): Kept {
  let child = start();
  let waitMs = 500;
  let stopping = false;
  let timer: NodeJS.Timeout | undefined;
  watch();

  function watch(): void {
    const began = Date.now();
    void child.exited.then((end) => {
      if (stopping) return;
      if (Date.now() - began > 60_000) waitMs = 500;
      onExit(`The ${name} ended unexpectedly (${describeEnd(end)}); starting it again in ${waitMs / 1000} s.`);
      timer = setTimeout(() => {
        child = start();
        watch();
      }, waitMs);
      waitMs = Math.min(waitMs * 2, 10_000);
    });
  }

  return {
    async shutDown() {
      stopping = true;
      clearTimeout(timer);
      await shutDown(child);
    },
    kill() {
      stopping = true;
      clearTimeout(timer);
      child.process.kill('SIGKILL');
    },
  };
}

export const describeEnd = ({ code, signal }: End) => (signal ? `signal ${signal}` : `code ${code}`);
