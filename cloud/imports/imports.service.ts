import type { z } from 'zod';
import type { Ctx } from '../../core/context';
import { AppError } from '../../core/errors';
import { offsetOf, pageOf } from '../../core/operation/paging';
import { Reply } from '../../core/operation/operation';
import { visibleJob } from './imports.access';
import type { cancelJob, getJobResults, getJobStatus } from './imports.contract';
import type { JobRow } from './job/job-row';
import { jobStore, MAX_STORED_ERRORS } from './job/job.store';
import { resultStore } from './job/result.store';
import { isExpired, RESULTS_DAYS } from './job/retention';
import { cancelUnheld } from './run/cancel-unheld';

export { submitBatch } from './submit.service';

type Status = z.input<typeof getJobStatus.output>;
type Results = z.input<typeof getJobResults.output>;
type Cancelled = z.input<typeof cancelJob.output>;

/** A18. @throws AppError NOT_FOUND */
export async function readStatus(ctx: Ctx, input: z.output<typeof getJobStatus.input>): Promise<Status> {
  const job = await visibleJob(ctx, input.job_id);
  const isOver = job.completed_at !== null;
  return {
    job_id: job.job_id,
    status: job.status,
    progress: job.progress,
    attempts: job.attempts,
    created_at: job.createdAt.toISOString(),
    started_at: job.started_at?.toISOString() ?? null,
    completed_at: job.completed_at?.toISOString() ?? null,
    estimated_completion: isOver ? null : job.estimated_completion.toISOString(),
    error: job.error,
    data_type: job.data_type,
    dry_run: job.dry_run,
    counts: job.counts,
    ...job.report,
  };
}

/** A19: 202 while unfinished, 409 of a failed job. @throws AppError NOT_FOUND, GONE */
export async function readResults(
  ctx: Ctx,
  input: z.output<typeof getJobResults.input>,
): Promise<Results | Reply<Results>> {
  const job = await visibleJob(ctx, input.job_id);
  if (isExpired(job.completed_at, ctx.clock.now())) {
    throw new AppError('GONE', `The results of a job can be read for ${RESULTS_DAYS} days.`);
  }
  const { limit } = input;
  const offset = offsetOf(input);
  const isOver = job.completed_at !== null;
  const stored = job.status === 'completed' ? await resultStore().readRows(job, offset, limit) : NOTHING;
  const results: Results = {
    job_id: job.job_id,
    status: job.status,
    format: 'json',
    dry_run: job.dry_run,
    ...job.report,
    ...pageOf(input, stored.total),
    results: stored.rows,
    errors: {
      total: job.error_total,
      items: isOver && offset < MAX_STORED_ERRORS ? await jobStore().readErrors(job.job_id, offset, limit) : [],
    },
  };
  if (!isOver) return new Reply(202, results);
  return job.status === 'failed' ? new Reply(409, { ...results, error: envelopeOf(ctx, job) }) : results;
}

/** The job's failure in the form that every error answer has. */
function envelopeOf(ctx: Ctx, { error, completed_at }: JobRow): Results['error'] {
  const { code = 'INTERNAL_ERROR', message = 'The job failed.', details = {} } = error ?? {};
  const timestamp = (completed_at ?? ctx.clock.now()).toISOString();
  return { code, message, details, timestamp, request_id: ctx.requestId };
}

const NOTHING = { total: 0, rows: [] };

/** @throws AppError NOT_FOUND, CONFLICT when the job has ended or its rows are being committed */
export async function cancel(ctx: Ctx, input: z.output<typeof cancelJob.input>): Promise<Cancelled> {
  const job = await visibleJob(ctx, input.job_id);
  const now = ctx.clock.now();
  const store = jobStore();
  if (await cancelUnheld(job.job_id, now)) return { job_id: job.job_id, status: 'cancelled' };
  const running = await store.update(
    job.job_id,
    { statuses: ['queued', 'processing'], phases: ['reading', 'loading'] },
    { cancel_requested_at: now },
  );
  if (running) return { job_id: job.job_id, status: running.status };
  return refuseLate((await store.find(job.job_id)) ?? job);
}

function refuseLate(job: JobRow): Cancelled {
  if (job.status === 'cancelled') return { job_id: job.job_id, status: 'cancelled' };
  const reason = job.completed_at ? `has ended: ${job.status}` : 'is committing its rows';
  throw new AppError('CONFLICT', `The job ${reason}.`, { details: { status: job.status } });
}
