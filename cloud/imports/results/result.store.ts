import { database } from '../../../core/database/database';
import { MongoResultStore } from './result.store.mongo';
import { PostgresResultStore } from './result.store.postgres';
import type { ResultStore } from './result.store.types';

export function resultStore(): ResultStore {
  const db = database();
  return db.kind === 'postgres' ? new PostgresResultStore(db.pool) : new MongoResultStore(db.db);
}
