import type { Ctx } from '../../core/context';
import { log } from '../../core/log';
import type { Loop } from '../../core/loop';
import { isAccountThere } from '../../core/auth/presence';
import { analyticsStore } from './analytics.store';
import { eraseUserFigures } from './forgetting.service';
import { dayOfTenant } from './tenant.service';

const FLUSH_MS = 3_000;
/** A full memory of who was seen is emptied: that costs writes, never correctness. */
const MAX_REMEMBERED = 200_000;

const calls = new Map<string, number>();
const seen = new Set<string>();
const pending = new Set<Promise<void>>();

/** Hears of every admitted request. */
export function recordRequest(ctx: Ctx): void {
  if (ctx.actor.kind !== 'user') return;
  recordApiCall(ctx.actor.tenantId);
  recordUserSeen(ctx, ctx.actor.tenantId, ctx.actor.userId);
}

/** Counts one call of the API for the tenant; in memory, written every few seconds and at the end. */
export function recordApiCall(tenantId: string): void {
  calls.set(tenantId, (calls.get(tenantId) ?? 0) + 1);
}

/**
 * Says that a user sent an authenticated request: activity of the day, written once a day and
 * user. Never throws and is not awaited; a failed write is tried again with the next request.
 */
export function recordUserSeen(ctx: Ctx, tenantId: string, userId: string): void {
  // The UTC hour beside the ids: the tenant's day can only change with it, and it costs no look-up.
  const hour = Math.floor(ctx.clock.now().getTime() / 3_600_000);
  const key = `${hour}:${tenantId}:${userId}`;
  if (seen.has(key)) return;
  if (seen.size >= MAX_REMEMBERED) seen.clear();
  seen.add(key);
  const writing: Promise<void> = writeSeen(tenantId, userId, ctx.clock.now())
    .catch((error: unknown) => {
      seen.delete(key);
      log().warn({ err: error, tenant: tenantId }, 'A user’s activity was not recorded; the next request tries again.');
    })
    .finally(() => pending.delete(writing));
  pending.add(writing);
}

/** Ids of the tenants that were used last, to the day; for the frame's own lists. */
export function recentlyUsedTenants(limit: number): Promise<string[]> {
  return analyticsStore().recentlyUsed(limit);
}

/** Of these users, those who sent an authenticated request on that day or later. */
export function seenSince(userIds: readonly string[], day: string): Promise<string[]> {
  return analyticsStore().seenSince(userIds, day);
}

/** Writes what is only in memory. Counts that cannot be written now stay for the next time. */
export async function flushUsage(): Promise<void> {
  await Promise.all(pending);
  const counted = [...calls];
  calls.clear();
  for (const [tenantId, count] of counted) {
    try {
      await analyticsStore().addUsage(tenantId, await dayOfTenant(tenantId, new Date()), 'api_calls', count);
    } catch (error) {
      calls.set(tenantId, (calls.get(tenantId) ?? 0) + count);
      log().warn({ err: error, tenant: tenantId }, 'Calls were not counted yet.');
    }
  }
}

export const usageLoop: Loop = { name: 'analytics.usage', everyMs: FLUSH_MS, run: flushUsage, end: flushUsage };

async function writeSeen(tenantId: string, userId: string, now: Date): Promise<void> {
  await analyticsStore().recordSeen(tenantId, userId, await dayOfTenant(tenantId, now));
  // Erased while his last request was on its way.
  if (!(await isAccountThere(userId))) await eraseUserFigures(tenantId, userId);
}
