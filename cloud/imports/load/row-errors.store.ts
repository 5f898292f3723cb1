import { database } from '../../../core/database/database';
import { MongoRowErrorStore } from './row-errors.store.mongo';
import { PostgresRowErrorStore } from './row-errors.store.postgres';
import type { RowErrorStore } from './row-errors.store.types';

export function rowErrorStore(): RowErrorStore {
  const db = database();
  return db.kind === 'postgres' ? new PostgresRowErrorStore(db.pool) : new MongoRowErrorStore(db.db);
}

/** Refused rows that are stored; the total is counted exactly beyond that. */
export const MAX_STORED_ERRORS = 100_000;
