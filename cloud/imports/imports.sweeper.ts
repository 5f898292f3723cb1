import { readdir, rm, stat } from 'node:fs/promises';
import { startSweeper } from '../../core/sweeper';
import { uploadFolder, uploadPath } from '../../core/upload';
import { enqueueImport } from './imports.jobs';
import { jobStore } from './job/job.store';
import { expiryLimit } from './job/retention';
import { discardOrphanStages } from './load/discard-stage';
import { cancelUnheld } from './run/cancel-unheld';

const EVERY_MS = 3_000;
/** A queued job is left to the queue for so long before it is offered again. */
const QUEUED_MS = 15_000;
const BATCH = 100;
const REMAINS_EVERY_MS = 300_000;
/** Soon after the start: it may be the crash before that left them. */
const REMAINS_FIRST_MS = 5_000;
/** Longer than any upload and any request that still has to store its job. */
const FILE_AGE_MS = 3_600_000;

/** The promise behind the queue: whatever was accepted and is not ended gets a worker again. */
export function startImportSweepers(): () => Promise<void> {
  const stops = [
    startSweeper({ name: 'imports.requeue', everyMs: EVERY_MS, run: requeueAbandoned }),
    startSweeper({ name: 'imports.remains', everyMs: REMAINS_EVERY_MS, firstMs: REMAINS_FIRST_MS, run: removeRemains }),
  ];
  return async () => {
    await Promise.all(stops.map((stop) => stop()));
  };
}

/** For web processes: a cancel is heard though no worker is there, or the only one stands still. */
export function startCancelSweeper(): () => Promise<void> {
  return startSweeper({ name: 'imports.cancel', everyMs: EVERY_MS, run: cancelAbandoned });
}

async function cancelAbandoned(): Promise<void> {
  const now = new Date();
  for (const jobId of await jobStore().findUnheardCancels(now, BATCH))
    await cancelUnheld(jobId, now, { isAsked: true });
}

export async function requeueAbandoned(): Promise<void> {
  const now = new Date();
  const abandoned = await jobStore().findAbandoned(now, new Date(now.getTime() - QUEUED_MS), BATCH);
  for (const { jobId, attempts } of abandoned) await enqueueImport(jobId, attempts);
}

/** Uploads whose request died before it stored a job, staged rows whose job ended elsewhere, expired results. */
async function removeRemains(): Promise<void> {
  await discardOrphanStages();
  await jobStore().removeErrors(expiryLimit(new Date()));
  const names = await readdir(uploadFolder()).catch(() => []);
  const old: string[] = [];
  for (const name of names) {
    const facts = await stat(uploadPath(name)).catch(() => undefined);
    if (facts?.isFile() && Date.now() - facts.mtimeMs > FILE_AGE_MS) old.push(name);
  }
  const needed = await jobStore().findNeededFiles(old);
  for (const name of old) if (!needed.has(name)) await rm(uploadPath(name), { force: true });
}
