import fs from 'node:fs';
import path from 'node:path';
import { isRunning } from './processes.mjs';
import { codeOf, readIfThere, writeAtomically } from './project.mjs';
import { say, sleep } from './say.mjs';

/**
 * Runs `work` while holding `folder` as a lock between processes: mkdir is atomic everywhere.
 * A lock whose owner is gone (kill -9) is taken over.
 * @template T
 * @param {string} folder
 * @param {string} waitingFor what the other one is doing, for the person who waits
 * @param {() => Promise<T>} work
 */
export async function withDirLock(folder, waitingFor, work) {
  await acquire(folder, waitingFor);
  try {
    return await work();
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} folder
 * @param {string} waitingFor
 */
async function acquire(folder, waitingFor) {
  fs.mkdirSync(path.dirname(folder), { recursive: true });
  for (let round = 0; ; round += 1) {
    try {
      fs.mkdirSync(folder);
      writeAtomically(path.join(folder, 'pid'), String(process.pid));
      return;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    if (isStale(folder)) fs.rmSync(folder, { recursive: true, force: true });
    else {
      if (round === 0) say(`Another process is ${waitingFor}; waiting for it …`);
      await sleep(200);
    }
  }
}

/** @param {string} folder */
function isStale(folder) {
  const owner = readIfThere(path.join(folder, 'pid'));
  if (owner !== undefined) return !isRunning(Number(owner));
  // The owner died, or is, between mkdir and writing its pid: give it a moment.
  const stat = fs.statSync(folder, { throwIfNoEntry: false });
  return stat !== undefined && Date.now() - stat.mtimeMs > 3000;
}
