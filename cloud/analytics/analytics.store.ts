import type { PoolClient } from 'pg';
import { database } from '../../core/database/database';
import { MongoAnalyticsStore } from './analytics.store.mongo';
import { PostgresAnalyticsStore } from './analytics.store.postgres';
import { markWith } from './postgres/marks';
import type { AnalyticsStore } from './analytics.store.types';

/** Marks inside a caller's transaction, so that facts and marks commit together. */
export async function markDaysInTransaction(
  client: PoolClient,
  tenantId: string,
  marks: { days: readonly string[]; timeZone: string },
): Promise<void> {
  await markWith(client, tenantId, { ...marks, isSettled: true });
}

/** The store of the open database; stateless, so made on demand. */
export function analyticsStore(): AnalyticsStore {
  const opened = database();
  return opened.kind === 'postgres' ? new PostgresAnalyticsStore(opened.pool) : new MongoAnalyticsStore(opened.db);
}
