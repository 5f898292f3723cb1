import fs from 'node:fs';
import { isRunning } from '../scripts/lib/processes.mjs';
import { sleep } from '../scripts/lib/say.mjs';

/** The working folder of a process; undefined where it cannot be read (no /proc, no right, gone). */
export function workingFolder(pid: number): string | undefined {
  try {
    return fs.readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

/** All processes whose working folder is `folder`; PostgreSQL's processes stay in their data folder. */
export function processesIn(folder: string): number[] {
  let entries;
  try {
    entries = fs.readdirSync('/proc');
  } catch {
    return [];
  }
  const pids = entries.filter((name) => /^\d+$/.test(name)).map(Number);
  return pids.filter((pid) => workingFolder(pid) === folder && isRunning(pid));
}

/** Those that still run when the time is over. */
export async function waitForEnd(pids: number[], timeoutMs: number): Promise<number[]> {
  const until = Date.now() + timeoutMs;
  let left = pids.filter(isRunning);
  while (left.length > 0 && Date.now() < until) {
    await sleep(25);
    left = left.filter(isRunning);
  }
  return left;
}
