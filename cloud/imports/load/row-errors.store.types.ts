import type { RowError } from '../convert/row-error';

/** The refused rows of imports, in the order of reading. */
export interface RowErrorStore {
  read(jobId: string, offset: number, limit: number): Promise<RowError[]>;
  /** Replaces the stored errors of a job. */
  write(jobId: string, errors: readonly RowError[]): Promise<void>;
  /** Deletes the stored errors of jobs that ended before. */
  removeOf(endedBefore: Date): Promise<void>;
}
