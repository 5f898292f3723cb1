import { z } from 'zod';
import { defineJob, type JobDefinition } from '../../core/job';
import { enqueue } from '../../core/queue';
import { runImport } from './run/import-run';

const IMPORT_TIMEOUT_MS = 60 * 60_000;
const MAX_ATTEMPTS = 6;

/** One import. The row decides what is to be done; a run for a finished or foreign-held row does nothing. */
export const importRun: JobDefinition = defineJob({
  name: 'imports.run',
  queue: 'data-processing',
  jobClass: 'normal',
  timeoutMs: IMPORT_TIMEOUT_MS,
  payload: z.strictObject({ job_id: z.string(), round: z.int() }),
  // A round is a start of the job: after a crash the next one need not wait until the queue has noticed.
  dedupKey: (payload) => `${payload.job_id}-${payload.round}`,
  handler: (ctx, payload, run) => runImport(ctx, payload.job_id, run),
});

export const importJobs: readonly JobDefinition[] = [importRun];

/** Tries of an import that ends with an error of ours (contract 5, class normal). */
export const IMPORT_ATTEMPTS = MAX_ATTEMPTS;

/** Hands a stored job to the queue. @throws when the queue is away; the sweeper then does it later */
export function enqueueImport(jobId: string, round: number): Promise<void> {
  return enqueue(importRun, { job_id: jobId, round });
}
