import type { TriggerCall, TriggerRegistry } from '../../core/triggers';
import { invalidField } from '../../core/operation/issues';
import { keepDeparted, markInstants } from '../analytics/analytics.service';
import {
  checkItems,
  checkTexts,
  MAX_PROPERTIES_BYTES,
  optionalDate,
  requireCurrency,
  requireDate,
  requireText,
  setMoney,
  setUniqueKey,
  tenantIdOf,
  toMinor,
  withDefault,
} from './facts.rules';
import { COST_KINDS, PURCHASE_STATUSES } from './facts.choices';
import { registerErasureFence } from './erased';
import { checkReferences } from './references';
import { applySubscriptionRules } from './subscription.rules';

type Rules = (call: TriggerCall) => void;

/** The rules of each class, the field that dates its rows for the figures, and their business id. */
const CLASSES: Record<string, { rules: Rules; dateField?: string; idField?: string }> = {
  Purchase: { rules: purchaseRules, dateField: 'purchased_at', idField: 'order_id' },
  Subscription: {
    rules: ({ ctx, object, original }) => applySubscriptionRules(object, original, ctx.clock.now()),
    dateField: 'started_at',
    idField: 'subscription_id',
  },
  Event: { rules: eventRules, dateField: 'timestamp', idField: 'event_id' },
  Cost: { rules: costRules, dateField: 'date' },
  Customer: { rules: customerRules, dateField: 'registered_at', idField: 'external_id' },
  Product: { rules: productRules, idField: 'external_id' },
};

/**
 * Whoever writes a fact, the same rules hold, and its days are marked: the old and the new one,
 * before the write (so that nothing is lost) and after it (so that the figures follow at once).
 */
export function registerFactTriggers(registry: TriggerRegistry): void {
  for (const [className, { rules, dateField, idField }] of Object.entries(CLASSES)) {
    registry.on(className, 'beforeSave', async (call) => {
      checkTexts(call.object);
      rules(call);
      if (idField) setUniqueKey(call.object, idField);
      await checkReferences(call.object, call.original);
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

function purchaseRules({ object }: TriggerCall): void {
  const currency = requireCurrency(object);
  setMoney(object, { major: 'total', minor: 'total_minor' }, currency);
  withDefault(object, 'status', PURCHASE_STATUSES[0]);
  requireDate(object, 'purchased_at');
  checkItems(object.get('items'), currency);
}

function eventRules({ ctx, object }: TriggerCall): void {
  requireText(object, 'event_type');
  if (!object.get('timestamp')) object.set('timestamp', ctx.clock.now());
  requireDate(object, 'timestamp');
  const properties: unknown = object.get('properties');
  if (properties && Buffer.byteLength(JSON.stringify(properties)) > MAX_PROPERTIES_BYTES) {
    throw invalidField('properties', 'too_large', `must have at most ${MAX_PROPERTIES_BYTES} bytes`);
  }
}

function costRules({ object }: TriggerCall): void {
  requireDate(object, 'date');
  const currency = requireCurrency(object);
  setMoney(object, { major: 'amount', minor: 'amount_minor' }, currency);
  withDefault(object, 'kind', COST_KINDS[0]);
}

function customerRules({ object }: TriggerCall): void {
  optionalDate(object, 'registered_at');
}

function productRules({ object }: TriggerCall): void {
  requireText(object, 'external_id');
  for (const name of ['price', 'cost', 'stock']) {
    const value: unknown = object.get(name) ?? undefined;
    if (value !== undefined && !Number.isFinite(value))
      throw invalidField(name, 'wrong_type', 'must be a finite number');
  }
  if (object.get('price') != null || object.get('currency') != null) {
    toMinor('price', object.get('price') ?? 0, requireCurrency(object));
  }
}
