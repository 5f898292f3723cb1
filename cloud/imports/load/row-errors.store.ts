import { database } from '../../../core/database/database';
import type { RowError } from '../convert/row-error';
import { MongoRowErrorStore } from './row-errors.store.mongo';
import { PostgresRowErrorStore } from './row-errors.store.postgres';

/** The refused rows of imports, in the order of reading. */
export interface RowErrorStore {
  read(jobId: string, offset: number, limit: number): Promise<RowError[]>;
  /** Replaces the stored errors of a job. */
  write(jobId: string, errors: readonly RowError[]): Promise<void>;
  /** Deletes the stored errors of jobs that ended before. */
  removeOf(endedBefore: Date): Promise<void>;
}

export function rowErrorStore(): RowErrorStore {
  const db = database();
  return db.kind === 'postgres' ? new PostgresRowErrorStore(db.pool) : new MongoRowErrorStore(db.db);
}

/** Refused rows that are stored; the total is counted exactly beyond that. */
export const MAX_STORED_ERRORS = 100_000;
