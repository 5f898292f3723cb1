import type { Pool, PoolClient } from 'pg';
import { database } from '../../../core/database/database';
import { MongoJobStore } from './job.store.mongo';
import { PostgresJobStore } from './job.store.postgres';
import type { JobStore } from './job.store.types';

/** @param client of a transaction that the change shall be part of (PostgreSQL) */
export function jobStore(client?: Pool | PoolClient): JobStore {
  const db = database();
  return db.kind === 'postgres' ? new PostgresJobStore(client ?? db.pool) : new MongoJobStore(db.db);
}
