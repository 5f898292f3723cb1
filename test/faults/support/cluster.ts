import { readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';

/** Every process of the PostgreSQL in a data folder: all of them stay in it. */
export function clusterProcesses(dataDir: string): number[] {
  const folder = path.join(dataDir, 'pg');
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => placeOf(pid) === folder).map(Number);
}

function placeOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended meanwhile.
    }
  }
}
