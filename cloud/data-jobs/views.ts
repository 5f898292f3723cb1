import { kindOf } from './kinds';
import type { JobRow } from './job-row';

/** What every door tells of a job. @throws AppError CONFLICT for a kind that this release does not know */
export function statusView(job: JobRow): Record<string, unknown> {
  const isOver = job.completed_at !== null;
  return {
    job_id: job.job_id,
    kind: job.kind,
    status: job.status,
    progress: job.progress,
    attempts: job.attempts,
    retries: job.retries,
    created_at: job.createdAt.toISOString(),
    started_at: job.started_at?.toISOString() ?? null,
    completed_at: job.completed_at?.toISOString() ?? null,
    estimated_completion: isOver ? null : job.estimated_completion.toISOString(),
    error: job.error,
    ...kindOf(job).status?.of(job),
  };
}
