import type { z } from 'zod';
import type { Ctx } from '../../core/context';
import { AppError } from '../../core/errors';
import { offsetOf, pageOf } from '../../core/operation/paging';
import { Reply } from '../../core/operation/operation';
import { seenBy, visibleJob } from './data-jobs.access';
import type { getJobResults, getJobStatus, listDataJobs } from './data-jobs.contract';
import type { JobRow } from './job-row';
import { kindNames, kindOf } from './kinds';
import { isExpired, RESULTS_DAYS } from './retention';
import { jobStore } from './store/job.store';
import { statusView } from './views';

type Answer = Record<string, unknown>;

/** The caller's jobs, his tenant's, or all: what {@link readStatus} would answer for, the newest first. */
export async function listJobs(ctx: Ctx, input: z.output<typeof listDataJobs.input>): Promise<Answer> {
  const { kind, status, owner } = input;
  const me = ctx.actor.kind === 'user' ? ctx.actor.userId : undefined;
  const { rows, total } = await jobStore().list(
    { kinds: kind ? [kind] : kindNames(), status, ownerId: owner === 'me' ? me : owner, seenBy: seenBy(ctx) },
    { offset: offsetOf(input), limit: input.limit },
  );
  const jobs = rows.map((job) => ({ ...statusView(job), owner: job.ownerId ?? null, tenant: job.tenantId }));
  return { jobs, ...pageOf(input, total) };
}

/** A18. @throws AppError NOT_FOUND */
export async function readStatus(ctx: Ctx, input: z.output<typeof getJobStatus.input>): Promise<Answer> {
  return statusView(await visibleJob(ctx, input.job_id));
}

/** A19: 202 while unfinished, 409 of a failed job. @throws AppError NOT_FOUND, GONE */
export async function readResults(
  ctx: Ctx,
  input: z.output<typeof getJobResults.input>,
): Promise<Answer | Reply<Answer>> {
  const job = await visibleJob(ctx, input.job_id);
  const kind = kindOf(job);
  if (isExpired(job.completed_at, ctx.clock.now())) {
    throw new AppError('GONE', `The results of a job can be read for ${RESULTS_DAYS} days.`);
  }
  const { total, ...own } = await kind.results.of(ctx, job, { offset: offsetOf(input), limit: input.limit });
  const results: Answer = {
    job_id: job.job_id,
    status: job.status,
    format: 'json',
    ...pageOf(input, total),
    ...own,
  };
  if (job.completed_at === null) return new Reply(202, results);
  return job.status === 'failed' ? new Reply(409, { ...results, error: envelopeOf(ctx, job) }) : results;
}

/** The job's failure in the form that every error answer has. */
function envelopeOf(ctx: Ctx, { error, completed_at }: JobRow): Answer {
  const { code = 'INTERNAL_ERROR', message = 'The job failed.', details = {} } = error ?? {};
  const timestamp = (completed_at ?? ctx.clock.now()).toISOString();
  return { code, message, details, timestamp, request_id: ctx.requestId };
}
