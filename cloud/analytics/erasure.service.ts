import { forgetInEvents } from '../../core/events/forget';
import type { z } from 'zod';
import type { Ctx } from '../../core/context';
import { AppError } from '../../core/errors';
import type { eraseCustomerContract } from './analytics.contract';
import { analyticsStore } from './analytics.store';
import { foldWithinLimit } from './folding.service';
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
  await forgetInEvents({ population: 'customers', id: input.customer_id });
  if (!erased) throw new AppError('NOT_FOUND', 'No such customer.');
  await foldWithinLimit(tenant.id);
  return { id: erased.id, status: 'erased', ...erased.counts };
}
