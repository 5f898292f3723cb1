import type { z } from 'zod';
import type { Ctx } from '../../core/context';
import { AppError } from '../../core/errors';
import type { eraseCustomerContract } from './analytics.contract';
import { analyticsStore, type Population } from './analytics.store';
import { foldWithinLimit } from './folding.service';
import { toTenantSettings } from './tenant-settings';
import { tenantOf } from './tenant.service';

type Input = z.output<typeof eraseCustomerContract.input>;
type Output = z.input<typeof eraseCustomerContract.output>;

/**
 * Makes a customer's facts anonymous: money stays, the person goes. Safe to repeat by objectId.
 * @throws AppError NOT_FOUND
 */
export async function eraseCustomer(ctx: Ctx, input: Input): Promise<Output> {
  const tenant = await tenantOf(ctx, input.tenant);
  const erased = await analyticsStore().eraseCustomer(tenant, input.customer_id, ctx.clock.now());
  if (!erased) throw new AppError('NOT_FOUND', 'No such customer.');
  await foldWithinLimit(tenant.id);
  return { status: 'erased', ...erased };
}

/**
 * Removes what facts and figures know of a user, when the accounts erase the user's row: in the
 * user's tenant and in those where the user was seen before.
 */
export async function forgetUser(tenantId: string, userId: string): Promise<void> {
  const store = analyticsStore();
  for (const id of new Set([tenantId, ...(await store.tenantsOfUser(userId))])) {
    const settings = await store.readTenant(id);
    // A tenant that is gone may have left facts.
    await store.forgetUser(settings?.id === id ? settings : toTenantSettings(id, undefined), userId);
  }
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
