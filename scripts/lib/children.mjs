import { fork } from 'node:child_process';
import { within } from './say.mjs';

const DRAIN_LIMIT_MS = 15_000;

/**
 * Starts one of the app's processes. The contract with it: it sends `{type:'ready'}` once it
 * serves, ignores SIGINT while connected, and drains and exits 0 on `{type:'shutdown'}`, on
 * SIGTERM and when the channel to its parent closes.
 */
export function forkChild(file, { env, stdio = ['ignore', 'inherit', 'inherit', 'ipc'] }) {
  const child = fork(file, { env, stdio });
  const exited = new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.once('error', (error) => resolve({ code: 1, signal: null, error }));
  });
  const ready = new Promise((resolve) => {
    child.on('message', (message) => {
      if (message?.type === 'ready') resolve(true);
    });
    exited.then(() => resolve(false));
  });
  return { process: child, pid: child.pid, ready, exited };
}

/** Asks the child to drain; after `limitMs` it is killed. Returns how it ended. */
export async function shutDown(child, limitMs = DRAIN_LIMIT_MS) {
  // A child that is just ending has no channel any more; its exit is on the way.
  if (child.process.connected) child.process.send({ type: 'shutdown' }, () => {});
  else child.process.kill('SIGTERM');
  const end = await within(child.exited, limitMs);
  if (end) return end;
  child.process.kill('SIGKILL');
  return child.exited;
}

/**
 * Keeps a child running: when it ends unexpectedly it is started again, first after 0.5 s, then
 * later and later, at most 10 s; a minute of good work resets the wait.
 */
export function keepRunning(name, start, { onExit }) {
  let child = start();
  let waitMs = 500;
  let stopping = false;
  let timer;
  watch();

  function watch() {
    const began = Date.now();
    child.exited.then((end) => {
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

export const describeEnd = ({ code, signal }) => (signal ? `signal ${signal}` : `code ${code}`);
