import { z } from 'zod';
import { defineJob, type JobDefinition } from '../../core/job';

const IMPORT_TIMEOUT_MS = 60 * 60_000;

/** One import. The row decides what is to be done; a run for a finished or foreign-held row does nothing. */
export const importRun: JobDefinition = defineJob({
  name: 'imports.run',
  queue: 'data-processing',
  jobClass: 'normal',
  timeoutMs: IMPORT_TIMEOUT_MS,
  payload: z.strictObject({ job_id: z.string() }),
  dedupKey: (payload) => payload.job_id,
  handler: async () => undefined,
});

export const importJobs: readonly JobDefinition[] = [importRun];
