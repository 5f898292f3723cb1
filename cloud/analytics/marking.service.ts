import type { PoolClient } from 'pg';
import { dayInZone } from '../../values/zone';
import { analyticsStore } from './analytics.store';
import { markWith } from './postgres/marks';
import { settingsOf } from './tenant.service';

export interface MarkOptions {
  /** The facts are committed already, or commit with the mark: one fold is enough. @defaultValue false */
  isSettled?: boolean;
  /** Zone in which the days were counted: where the tenant's is another by the time of the fold, their neighbours count too. */
  timeZone?: string;
}

/**
 * Says that facts of these days may change. Call it before the write (and after it, so that the
 * figures follow at once): a crash then leaves at worst a day recomputed for nothing.
 * @param days `YYYY-MM-DD` in the tenant's zone; of an edit the old day and the new one
 */
export async function markDays(tenantId: string, days: Iterable<string>, options: MarkOptions = {}): Promise<void> {
  const unique = [...new Set(days)];
  if (unique.length) await analyticsStore().mark(tenantId, { isSettled: false, ...options, days: unique });
}

/** {@link markDays} inside a caller's transaction (PostgreSQL), so that facts and marks commit together. */
export async function markDaysInTransaction(
  client: PoolClient,
  tenantId: string,
  marks: { days: readonly string[]; timeZone: string },
): Promise<void> {
  await markWith(client, tenantId, { ...marks, isSettled: true });
}

/** {@link markDays} for instants; what is no valid date is passed over. */
export async function markInstants(
  tenantId: string,
  instants: Iterable<unknown>,
  options: MarkOptions = {},
): Promise<void> {
  const dates = [...instants].filter((value): value is Date => value instanceof Date && !Number.isNaN(value.getTime()));
  if (!dates.length) return;
  const { timeZone } = await settingsOf(tenantId);
  await markDays(
    tenantId,
    dates.map((date) => dayInZone(date.getTime(), timeZone)),
    { ...options, timeZone },
  );
}
