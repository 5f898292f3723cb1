import { database } from '../../../core/database/database';
import type { RowError } from '../convert/row-error';
import type { JobCondition, JobRow, JobState } from './job-row';
import { MongoJobStore } from './job.store.mongo';
import { PostgresJobStore } from './job.store.postgres';

/**
 * Rows of DataJob and the refused rows of imports. Conditional updates are single statements; deciding what a state
 * means is the callers' job.
 */
export interface JobStore {
  /** False when another job with the same import_hash exists. */
  insert(job: JobRow): Promise<boolean>;
  find(jobId: string): Promise<JobRow | undefined>;
  findByHash(importHash: string): Promise<JobRow | undefined>;
  /** The row after the change; undefined when the condition did not hold. `countAttempt` adds one to attempts. */
  update(
    jobId: string,
    condition: JobCondition,
    change: Partial<JobState>,
    countAttempt?: boolean,
  ): Promise<JobRow | undefined>;
  /** Accepted jobs that nobody works on: queued before `queuedBefore`, or held by a lease that ended. */
  findAbandoned(now: Date, queuedBefore: Date, limit: number): Promise<{ jobId: string; attempts: number }[]>;
  /** Jobs that nobody works on though somebody asked for their cancel. */
  findUnheardCancels(now: Date, limit: number): Promise<string[]>;
  /** Input files that an unfinished job still needs, of those given. */
  findNeededFiles(names: readonly string[]): Promise<Set<string>>;
  readErrors(jobId: string, offset: number, limit: number): Promise<RowError[]>;
  /** Replaces the stored errors of a job. */
  writeErrors(jobId: string, errors: readonly RowError[]): Promise<void>;
  /** Deletes the stored errors of jobs that ended before. */
  removeErrors(endedBefore: Date): Promise<void>;
}

export function jobStore(): JobStore {
  const db = database();
  return db.kind === 'postgres' ? new PostgresJobStore(db.pool) : new MongoJobStore(db.db);
}

/** Refused rows that are stored; the total is counted exactly beyond that. */
export const MAX_STORED_ERRORS = 100_000;
