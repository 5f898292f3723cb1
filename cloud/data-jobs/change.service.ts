import { stat } from 'node:fs/promises';
import type { z } from 'zod';
import type { Ctx } from '../../core/context';
import { AppError } from '../../core/errors';
import { uploadPath } from '../../core/upload';
import { FRESH } from './accept.service';
import { visibleJob } from './data-jobs.access';
import type { cancelJob, retryDataJob } from './data-jobs.contract';
import { isLive, LIVE, type JobRow } from './job-row';
import { kindOf } from './kinds';
import { inputLimit, INPUT_DAYS } from './retention';
import { cancelUnheld } from './run/cancel-unheld';
import { firstEstimate } from './run/estimate';
import { offerSoon } from './run/offer';
import { jobStore } from './store/job.store';

type Cancelled = z.input<typeof cancelJob.output>;
type Retried = z.input<typeof retryDataJob.output>;

/** @throws AppError NOT_FOUND, CONFLICT when the job has ended or its rows are being committed */
export async function cancel(ctx: Ctx, input: z.output<typeof cancelJob.input>): Promise<Cancelled> {
  const job = await visibleJob(ctx, input.job_id);
  const kind = kindOf(job);
  const now = ctx.clock.now();
  const store = jobStore();
  if (await cancelUnheld(kind, job.job_id, now)) return { job_id: job.job_id, status: 'cancelled' };
  const running = await store.update(
    job.job_id,
    { statuses: LIVE, notInPhases: kind.phases?.forward ?? [] },
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

/**
 * Runs a job that failed or was cancelled once more, as the same row: its input is there still, what the earlier try
 * told is replaced. Asked again while that goes on, it answers the same.
 * @throws AppError NOT_FOUND, FORBIDDEN, GONE without the input, CONFLICT
 */
export async function retry(ctx: Ctx, input: z.output<typeof retryDataJob.input>): Promise<Retried> {
  const job = await visibleJob(ctx, input.job_id);
  const kind = kindOf(job);
  if (isRetryable(job)) {
    await requireInput(job, ctx.clock.now());
    const change = await kind.again?.(ctx, job);
    const queued = await jobStore().update(
      job.job_id,
      { statuses: ['failed', 'cancelled'] },
      { ...renewed(job, ctx.clock.now()), ...kind.initial, ...change },
    );
    if (queued) {
      await offerSoon(ctx, queued);
      return retriedView(queued);
    }
  }
  const now = (await jobStore().find(job.job_id)) ?? job;
  // A second click, or somebody else's.
  if (isLive(now) && now.retries > 0) return retriedView(now);
  const reason = isLive(now) ? `has not ended: ${now.status}` : `has ended: ${now.status}`;
  throw new AppError('CONFLICT', `Only a failed or cancelled job can be retried; this one ${reason}.`, {
    details: { status: now.status },
  });
}

const isRetryable = ({ status }: JobRow): boolean => status === 'failed' || status === 'cancelled';

/** All but the lease: whoever still clears up after the earlier try holds it, and the new one waits for that. */
function renewed(job: JobRow, now: Date): Partial<JobRow> {
  const { lease_until: _until, lease_token: _token, ...fresh } = FRESH;
  return { ...fresh, retries: job.retries + 1, estimated_completion: firstEstimate(job.input_bytes, now) };
}

async function requireInput(job: JobRow, now: Date): Promise<void> {
  if (job.input_path === null) return;
  const isKept = job.completed_at === null || job.completed_at > inputLimit(now);
  const facts = isKept ? await stat(uploadPath(job.input_path)).catch(() => undefined) : undefined;
  if (facts?.isFile()) return;
  throw new AppError('GONE', `The input of a failed or cancelled job is kept for ${INPUT_DAYS} days; send it again.`);
}

function retriedView(job: JobRow): Retried {
  return {
    job_id: job.job_id,
    status: job.status,
    retries: job.retries,
    estimated_completion: job.estimated_completion.toISOString(),
  };
}
