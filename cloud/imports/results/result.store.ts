import { database } from '../../../core/database/database';
import type { ImportJob } from '../load/import-job';
import { MongoResultStore } from './result.store.mongo';
import { PostgresResultStore } from './result.store.postgres';

export interface ResultPage {
  total: number;
  /** As REST shows objects: id, created_at, updated_at, pointers as ids. */
  rows: Record<string, unknown>[];
}

/** The rows that a finished import stored or changed and that still exist. Rights are the caller's job. */
export interface ResultStore {
  readRows(job: ImportJob, offset: number, limit: number): Promise<ResultPage>;
}

export function resultStore(): ResultStore {
  const db = database();
  return db.kind === 'postgres' ? new PostgresResultStore(db.pool) : new MongoResultStore(db.db);
}
