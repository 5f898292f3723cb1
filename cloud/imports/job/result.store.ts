import { database } from '../../../core/database/database';
import { classNameOf, dataType } from '../plan/data-types';
import type { JobRow } from './job-row';
import { MongoResultStore } from './result.store.mongo';
import { PostgresResultStore } from './result.store.postgres';

export interface ResultPage {
  total: number;
  /** As REST shows objects: id, created_at, updated_at, pointers as ids. */
  rows: Record<string, unknown>[];
}

/** The rows that a finished import stored or changed and that still exist. Rights are the caller's job. */
export interface ResultStore {
  readRows(job: JobRow, offset: number, limit: number): Promise<ResultPage>;
}

export function resultStore(): ResultStore {
  const db = database();
  return db.kind === 'postgres' ? new PostgresResultStore(db.pool) : new MongoResultStore(db.db);
}

/** The class whose rows a job stores. */
export function resultClass(job: JobRow): string {
  return classNameOf(job.data_type) ?? dataType(job.data_type).className;
}

/** Fields that are the machinery's, not the caller's. */
export const HIDDEN_FIELDS = new Set(['_rperm', '_wperm', '_acl', 'unique_key', 'tenant', '_p_tenant']);
