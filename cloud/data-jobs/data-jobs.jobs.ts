import { z } from 'zod';
import { defineJob, type JobDefinition } from '../../core/job';
import type { DataJobKind } from './kind';
import { DEFAULT_QUEUE, queueJobName } from './kinds';
import { runDataJob } from './run/run-job';

const HOUR_MS = 3_600_000;

/** The queue's job of a kind. The row decides what is to be done; a run for a finished or foreign-held row does nothing. */
export function queueJobOf(kind: DataJobKind): JobDefinition {
  return defineJob({
    name: queueJobName(kind.kind),
    queue: kind.queue ?? DEFAULT_QUEUE,
    jobClass: kind.class,
    timeoutMs: kind.timeoutMs ?? HOUR_MS,
    payload: z.strictObject({ job_id: z.string(), round: z.int(), retry: z.int().optional() }),
    // A round is a start of the job: after a crash the next one need not wait until the queue has noticed.
    dedupKey: ({ job_id, round, retry = 0 }) => `${job_id}-${retry}-${round}`,
    handler: (ctx, { job_id }, run) => runDataJob(ctx, kind, job_id, run),
  });
}
