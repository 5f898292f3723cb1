import fs from 'node:fs';
import path from 'node:path';
import { isRunning } from '../scripts/lib/processes.mjs';
import { readJson, writeAtomically } from '../scripts/lib/project.mjs';

/** DATA_DIR/run.json: who runs here, or ran last. Only a hint for messages and waiting; the guard is in the database. */
interface RunFacts {
  pid: number;
  port: number;
  children?: number[];
}

const fileOf = (dataDir: string) => path.join(dataDir, 'run.json');

export function writeRunFile(dataDir: string, facts: RunFacts): void {
  writeAtomically(fileOf(dataDir), JSON.stringify(facts));
}

export function removeRunFile(dataDir: string): void {
  fs.rmSync(fileOf(dataDir), { force: true });
}

/** The facts, with `running` telling whether that launcher still lives. */
export function readRunFile(dataDir: string): (RunFacts & { running: boolean }) | undefined {
  const facts = readJson(fileOf(dataDir)) as RunFacts | undefined;
  if (!facts) return undefined;
  return { ...facts, running: isRunning(facts.pid) && isLauncher(facts.pid) };
}

/** A pid is used again after a reboot: only a launcher's own command line counts. */
function isLauncher(pid: number): boolean {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('start.mjs');
  } catch {
    return !fs.existsSync('/proc/self'); // without /proc the pid is all there is
  }
}
