import fs from 'node:fs';
import { sleep } from './say.mjs';

/**
 * Whether the process still runs. A zombie counts as ended: in a container without an init
 * nobody reaps it, and it would look alive for ever.
 */
export function isRunning(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
  return !isZombie(pid);
}

export function isZombie(pid) {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return false;
  }
}

/** The working folder of a process; undefined where it cannot be read (no /proc, no right, gone). */
export function workingFolder(pid) {
  try {
    return fs.readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

/** All processes whose working folder is `folder`; PostgreSQL's processes stay in their data folder. */
export function processesIn(folder) {
  let entries;
  try {
    entries = fs.readdirSync('/proc');
  } catch {
    return [];
  }
  const pids = entries.filter((name) => /^\d+$/.test(name)).map(Number);
  return pids.filter((pid) => workingFolder(pid) === folder && isRunning(pid));
}

export async function waitForEnd(pids, timeoutMs) {
  const until = Date.now() + timeoutMs;
  let left = pids.filter(isRunning);
  while (left.length > 0 && Date.now() < until) {
    await sleep(25);
    left = left.filter(isRunning);
  }
  return left;
}

export function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}
