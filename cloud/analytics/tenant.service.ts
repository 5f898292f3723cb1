import { isPlatformAdmin, type Ctx } from '../../core/context';
import { AppError } from '../../core/errors';
import { invalidField } from '../../core/operation/issues';
import { dayInZone } from '../../values/zone';
import { analyticsStore } from './analytics.store';
import type { TenantSettings } from './analytics.store.types';

const KEEP_MS = 5_000;
const MAX_KEPT = 10_000;

const kept = new Map<string, { settings: TenantSettings; until: number }>();

/** Settings of a tenant by id, at most five seconds old. @throws AppError NOT_FOUND */
export async function settingsOf(tenantId: string): Promise<TenantSettings> {
  const known = kept.get(tenantId);
  if (known && known.until > Date.now()) return known.settings;
  const settings = await analyticsStore().readTenant(tenantId);
  if (settings?.id !== tenantId) throw new AppError('NOT_FOUND', 'No such tenant.');
  if (kept.size >= MAX_KEPT) kept.clear();
  kept.set(tenantId, { settings, until: Date.now() + KEEP_MS });
  return settings;
}

export function forgetSettings(tenantId: string): void {
  kept.delete(tenantId);
}

/**
 * The one tenant that an answer covers: the caller's, or the one a platform admin names.
 * @param named id or slug
 * @throws AppError NOT_FOUND also for a tenant that exists but is not the caller's
 */
export async function tenantOf(ctx: Ctx, named: string | undefined): Promise<TenantSettings> {
  if (named !== undefined && named !== ctx.tenantId) {
    const settings = await analyticsStore().readTenant(named);
    const mayKnow = settings && (settings.id === ctx.tenantId || isPlatformAdmin(ctx.actor));
    if (!mayKnow) throw new AppError('NOT_FOUND', 'No such tenant.');
    return settings;
  }
  if (ctx.tenantId === undefined)
    throw invalidField('tenant', 'missing', 'is missing: it is required without a tenant of one’s own');
  return settingsOf(ctx.tenantId);
}

export async function dayOfTenant(tenantId: string, instant: Date): Promise<string> {
  return dayInZone(instant.getTime(), (await settingsOf(tenantId)).timeZone);
}
