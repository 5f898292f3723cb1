import type { Pool, PoolClient } from 'pg';
import type { JobChange, JobRow } from './job-row';
import { jobStore } from './store/job.store';

/**
 * Changes a job while the run's lease is its own; undefined when it is not any more, and nothing was changed.
 * @param client of a transaction that the change shall be part of (PostgreSQL)
 * @param isNotCancelled only when nobody has asked for a cancel
 */
export function updateHeld<R extends JobRow>(
  { job, leaseToken }: { job: R; leaseToken: string },
  change: JobChange<R>,
  { client, isNotCancelled = false }: { client?: Pool | PoolClient; isNotCancelled?: boolean } = {},
): Promise<R | undefined> {
  const condition = { statuses: ['processing'] as const, leaseToken, isNotCancelled };
  return jobStore(client).update(job.job_id, condition, change) as Promise<R | undefined>;
}
