import type { JobChange, JobCondition, JobRow, JobStatus } from '../job-row';

/** What a sweeper needs to offer a job to the queue. */
export type QueuedJob = Pick<JobRow, 'job_id' | 'kind' | 'attempts' | 'retries'>;

export interface JobFilter {
  kinds: readonly string[];
  status?: JobStatus | undefined;
  ownerId?: string | undefined;
  /** Jobs of this owner, or of this tenant; absent: all. */
  seenBy?: { ownerId: string; tenantId?: string | undefined } | undefined;
}

/** What an update writes beside columns, in the same statement. */
export interface UpdateExtras {
  /** Adds one to `attempts`. */
  countAttempt?: boolean;
  /** Events that the row is to carry: `endEvents` of a job that ends. */
  events?: readonly string[];
}

/**
 * Rows of DataJob. Conditional updates are single statements; deciding what a state means is the callers' job. Rows of
 * kinds that this release does not know are left alone.
 */
export interface JobStore {
  /** False when another job has the same value in a unique column of its kind. */
  insert(job: JobRow): Promise<boolean>;
  find(jobId: string): Promise<JobRow | undefined>;
  /** By a unique column of a kind. */
  findBy(column: string, value: string): Promise<JobRow | undefined>;
  /** The newest first. */
  list(filter: JobFilter, page: { offset: number; limit: number }): Promise<{ rows: JobRow[]; total: number }>;
  /**
   * The row after the change; undefined when the condition did not hold.
   * @throws AppError CONFLICT when another job has taken a unique value of the change
   */
  update(jobId: string, condition: JobCondition, change: JobChange, extras?: UpdateExtras): Promise<JobRow | undefined>;
  /** Accepted jobs that nobody works on: queued before `queuedBefore`, or held by a lease that ended. */
  findAbandoned(kinds: readonly string[], now: Date, queuedBefore: Date, limit: number): Promise<QueuedJob[]>;
  /** Jobs that nobody works on though somebody asked for their cancel. */
  findUnheardCancels(kinds: readonly string[], now: Date, limit: number): Promise<string[]>;
  /** Of the given input files those that a job needs: it lives, or ended without success after `endedAfter`. */
  findNeededFiles(names: readonly string[], endedAfter: Date): Promise<Set<string>>;
}
