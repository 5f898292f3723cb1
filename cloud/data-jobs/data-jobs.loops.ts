import { readdir, rm, stat } from 'node:fs/promises';
import type { Loop } from '../../core/loop';
import { uploadFolder, uploadPath } from '../../core/upload';
import { allKinds, kindNames, kindOf } from './kinds';
import { expiryLimit, inputLimit } from './retention';
import { cancelUnheld } from './run/cancel-unheld';
import { clearLeft } from './run/clear';
import { offer } from './run/offer';
import { jobStore } from './store/job.store';

const EVERY_MS = 3_000;
/** A queued job is left to the queue for so long before it is offered again. */
const QUEUED_MS = 15_000;
const BATCH = 100;
const REMAINS_EVERY_MS = 300_000;
/** Soon after the start: it may be the crash before that left them. */
const REMAINS_FIRST_MS = 5_000;
/** Longer than any upload and any request that still has to store its job, or has just found the input of one. */
const FILE_AGE_MS = 3_600_000;

export const dataJobLoops: readonly Loop[] = [
  // The promise behind the queue: whatever was accepted and is not ended gets a worker again.
  { name: 'data-jobs.requeue', role: 'worker', everyMs: EVERY_MS, run: requeueAbandoned },
  // A cancel is heard though no worker is there, or the only one stands still.
  { name: 'data-jobs.cancel', role: 'web', everyMs: EVERY_MS, run: cancelAbandoned },
  {
    name: 'data-jobs.remains',
    role: 'worker',
    everyMs: REMAINS_EVERY_MS,
    firstMs: REMAINS_FIRST_MS,
    run: removeRemains,
  },
];

async function cancelAbandoned(): Promise<void> {
  const now = new Date();
  for (const jobId of await jobStore().findUnheardCancels(kindNames(), now, BATCH)) {
    const job = await jobStore().find(jobId);
    if (job) await cancelUnheld(kindOf(job), jobId, now, { isAsked: true });
  }
}

async function requeueAbandoned(): Promise<void> {
  const now = new Date();
  const before = new Date(now.getTime() - QUEUED_MS);
  for (const job of await jobStore().findAbandoned(kindNames(), now, before, BATCH)) await offer(job);
}

/** What kinds keep aside of jobs that ended elsewhere, expired results, and files that no job needs (any more). */
async function removeRemains(): Promise<void> {
  const now = new Date();
  for (const { remains, results } of allKinds()) {
    for (const { jobId, discard } of (await remains?.()) ?? []) {
      if (jobId === null) await discard();
      else await clearLeft(jobId);
    }
    await results.expire?.(expiryLimit(now));
  }
  await removeFiles(now);
}

async function removeFiles(now: Date): Promise<void> {
  const names = await readdir(uploadFolder()).catch(() => []);
  const old: string[] = [];
  for (const name of names) {
    const facts = await stat(uploadPath(name)).catch(() => undefined);
    if (facts?.isFile() && now.getTime() - facts.mtimeMs > FILE_AGE_MS) old.push(name);
  }
  // A little later than retries are refused: one that is being accepted finds its input.
  const needed = await jobStore().findNeededFiles(old, new Date(inputLimit(now).getTime() - FILE_AGE_MS));
  for (const name of old) if (!needed.has(name)) await rm(uploadPath(name), { force: true });
}
