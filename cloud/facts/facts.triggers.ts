import type { TriggerCall, TriggerRegistry } from '../../core/triggers';
import { markInstants } from '../analytics/marking.service';
import { keepDeparted } from '../analytics/forgetting.service';
import { registerErasureFence } from './erased';
import { FACTS } from './facts';
import { checkReferences } from './references';
import { setUniqueKey, tenantIdOf } from './rows';
import { applyFact } from './saved-values';

/**
 * Whoever writes a fact, the same rules hold, and its days are marked: the old and the new one,
 * before the write (so that nothing is lost) and after it (so that the figures follow at once).
 */
export function registerFactTriggers(registry: TriggerRegistry): void {
  for (const fact of FACTS) {
    const { className, businessId, dateField } = fact;
    registry.on(className, 'beforeSave', async ({ ctx, object, original }) => {
      applyFact(fact, object, original, ctx.clock.now());
      if (businessId) setUniqueKey(object, businessId);
      await checkReferences(fact, object, original);
    });
    if (!dateField) continue;
    for (const trigger of ['beforeSave', 'afterSave', 'beforeDelete', 'afterDelete'] as const) {
      registry.on(className, trigger, (call) => markRow(call, dateField));
    }
  }
  registry.on('Customer', 'beforeDelete', keepStart);
  registerErasureFence(registry);
}

async function markRow({ object, original }: TriggerCall, dateField: string): Promise<void> {
  await markInstants(tenantIdOf(object), [object.get(dateField), original?.get(dateField)]);
}

/** A deleted customer's history stays: the given start is kept, purchases and subscriptions speak for themselves. */
async function keepStart({ object }: TriggerCall): Promise<void> {
  const registeredAt: unknown = object.get('registered_at');
  const isErased = object.get('erased_at') instanceof Date;
  if (isErased || !(registeredAt instanceof Date)) return;
  await keepDeparted(tenantIdOf(object), 'customers', object.id!, registeredAt);
}
