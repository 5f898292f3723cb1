import type Parse from 'parse/node';
import type { TriggerCall, TriggerRegistry } from '../../core/triggers';
import { markDays, markInstants } from './marking.service';
import { keepDeparted } from './forgetting.service';
import { dayOfTenant, forgetSettings } from './tenant.service';
import { recordUserSeen } from './usage.service';

/** Users start on the day of their creation; a tenant's zone decides what a day is. */
export function registerAnalyticsTriggers(registry: TriggerRegistry): void {
  registry.on('_User', 'beforeSave', markCreation);
  registry.on('_User', 'afterSave', markCreation);
  registry.on('_User', 'afterLogin', ({ ctx, object }) => {
    const tenantId = tenantIdOf(object);
    if (tenantId && object.id) recordUserSeen(ctx, tenantId, object.id);
  });
  registry.on('_User', 'beforeDelete', keepStart);
  registry.on('_User', 'afterDelete', markDeparture);
  registry.on('Tenant', 'beforeSave', (call) => markZoneChange(call, false));
  registry.on('Tenant', 'afterSave', (call) => markZoneChange(call, true));
}

async function markCreation({ ctx, object, original }: TriggerCall): Promise<void> {
  const tenantId = tenantIdOf(object);
  const tenantBefore = original && tenantIdOf(original);
  if (original && tenantId === tenantBefore) return;
  const createdAt = object.createdAt ?? ctx.clock.now();
  if (tenantId) await markInstants(tenantId, [createdAt]);
  if (tenantBefore) await markInstants(tenantBefore, [createdAt]);
}

async function keepStart({ object }: TriggerCall): Promise<void> {
  const tenantId = tenantIdOf(object);
  if (!tenantId || !object.id || !object.createdAt) return;
  await keepDeparted(tenantId, 'users', object.id, object.createdAt);
  await markInstants(tenantId, [object.createdAt]);
}

async function markDeparture({ object }: TriggerCall): Promise<void> {
  const tenantId = tenantIdOf(object);
  if (tenantId) await markInstants(tenantId, [object.createdAt]);
}

/** Any mark will do: the fold sees the other zone and counts everything again. Before the write too: see markDays. */
async function markZoneChange({ ctx, object, original }: TriggerCall, isSettled: boolean): Promise<void> {
  if (!object.id || !original || zoneOf(object) === zoneOf(original)) return;
  forgetSettings(object.id);
  await markDays(object.id, [await dayOfTenant(object.id, ctx.clock.now())], { isSettled });
}

function zoneOf(tenant: Parse.Object): unknown {
  return (tenant.get('settings') as { time_zone?: unknown } | undefined)?.time_zone;
}

function tenantIdOf(object: Parse.Object): string | undefined {
  return (object.get('tenant') as { id?: string } | undefined)?.id;
}
