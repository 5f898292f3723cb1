import { z } from 'zod';
import { defineJob, type JobDefinition } from '../../core/job';
import { trimQueues } from './trim.service';

/**
 * Keeps the queue's own records small. On PostgreSQL this is what bounds them, because counting
 * retention fails jobs there; on Redis it removes what counting alone would keep for months.
 */
export const trimQueuesJob: JobDefinition = defineJob({
  name: 'cleanup.trimQueues',
  queue: 'cleanup',
  jobClass: 'low',
  timeoutMs: 120_000,
  payload: z.strictObject({}),
  dedupKey: () => 'all',
  handler: (ctx, _payload, run) => trimQueues(ctx, run.signal),
  schedule: { everyMs: 15 * 60_000 },
});

export const opsJobs: readonly JobDefinition[] = [trimQueuesJob];
