import { forgetInEvents } from '../../core/events/forget';
import { analyticsStore } from './analytics.store';
import type { Population } from './analytics.store.types';
import { toTenantSettings } from './tenant-settings';
import { settingsOf } from './tenant.service';

/**
 * Removes what facts and figures know of a user, when the accounts erase the user's row: in the
 * user's tenant and in those where the user was seen before.
 */
export async function eraseUserFigures(tenantId: string, userId: string): Promise<void> {
  const store = analyticsStore();
  for (const id of new Set([tenantId, ...(await store.tenantsOfUser(userId))])) {
    const settings = await store.readTenant(id);
    // A tenant that is gone may have left facts.
    await store.eraseUserFigures(settings?.id === id ? settings : toTenantSettings(id, undefined), userId);
  }
}

/**
 * For who has just saved a row that names a customer, or the customer's own: where an erasure began meanwhile, it is
 * done once more, and the row is anonymous as well.
 */
export async function forgetIfErased(tenantId: string, customerId: string): Promise<void> {
  if (await analyticsStore().isErased(customerId)) await eraseAgain(tenantId, customerId);
}

/** Erases once more who was erased since then: for rows that were written meanwhile by who could not look again. */
export async function eraseCustomersAgain(since: Date, tenantId?: string): Promise<void> {
  for (const erased of await analyticsStore().erasedSince(since, tenantId))
    await eraseAgain(erased.tenantId, erased.customerId);
}

async function eraseAgain(tenantId: string, customerId: string): Promise<void> {
  await analyticsStore().eraseCustomer(await settingsOf(tenantId), customerId, new Date());
  await forgetInEvents({ population: 'customers', id: customerId });
}

/** Keeps the start of a person whose row is deleted (not erased): history stays. Call it before the deletion. */
export async function keepDeparted(
  tenantId: string,
  population: Population,
  personId: string,
  startAt: Date,
): Promise<void> {
  await analyticsStore().keepDeparted(tenantId, population, personId, startAt);
}
