import { database } from '../../core/database/database';
import { MongoAnalyticsStore } from './analytics.store.mongo';
import { PostgresAnalyticsStore } from './analytics.store.postgres';
import type { AnalyticsStore } from './analytics.store.types';

/** The store of the open database; stateless, so made on demand. */
export function analyticsStore(): AnalyticsStore {
  const opened = database();
  return opened.kind === 'postgres' ? new PostgresAnalyticsStore(opened.pool) : new MongoAnalyticsStore(opened.db);
}
