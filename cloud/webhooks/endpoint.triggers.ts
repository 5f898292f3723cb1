import { randomUUID } from 'node:crypto';
import type Parse from 'parse/node';
import { AppError } from '../../core/errors';
import { takeSeat } from '../../core/lease/lease';
import { namedSeat } from '../../core/lease/seat';
import { invalidField } from '../../core/operation/issues';
import type { TriggerCall, TriggerRegistry } from '../../core/triggers';
import { cancelDeliveries } from './delivery.store';
import { checkEndpointUrl } from './endpoint-url';
import { checkDescription, checkRate, checkTypes, MAX_ENDPOINTS, RATES } from './endpoint.rules';
import { countEndpoints } from './endpoint.store';
import { removeSecrets } from './secrets.store';

const CLASS = 'WebhookEndpoint';
/** Longer than a save takes; freed by time when a later trigger refuses the row. */
const HOLD_MS = 5_000;
const WAIT_MS = 10_000;
const PLACE = Symbol('place among the endpoints');
const DEFAULTS = {
  description: '',
  types: ['*'],
  active: true,
  max_per_second: RATES.max_per_second.byDefault,
  max_in_flight: RATES.max_in_flight.byDefault,
};

/** The same rules whether an endpoint comes through /api, an SDK, GraphQL or Parse Dashboard. */
export function registerEndpointTriggers(registry: TriggerRegistry): void {
  registry.on(CLASS, 'beforeSave', checkEndpoint);
  registry.on(CLASS, 'beforeSave', followSwitch);
  registry.on(CLASS, 'beforeSave', takePlace);
  registry.on(CLASS, 'afterSave', leavePlace);
  registry.on(CLASS, 'afterSave', async ({ ctx, object, original }) => {
    if (original?.get('active') === true && object.get('active') === false)
      await cancel(object, 'ENDPOINT_DISABLED', ctx.clock.now());
  });
  registry.on(CLASS, 'afterDelete', async ({ ctx, object }) => {
    await cancel(object, 'ENDPOINT_DELETED', ctx.clock.now());
    await removeSecrets([object.id!]);
  });
}

async function checkEndpoint({ object, original }: TriggerCall): Promise<void> {
  for (const [name, value] of Object.entries(DEFAULTS))
    if (object.get(name) === undefined || object.get(name) === null) object.set(name, value);
  const isNew = (name: string): boolean => !original || object.dirty(name);
  if (isNew('types')) checkTypes(object.get('types'));
  if (isNew('description')) checkDescription(object.get('description'));
  for (const name of ['max_per_second', 'max_in_flight'] as const) if (isNew(name)) checkRate(name, object.get(name));
  if (typeof object.get('active') !== 'boolean') throw invalidField('active', 'wrong_type', 'must be true or false');
  if (isNew('url')) await checkEndpointUrl(object.get('url'));
}

/** A new address, or switching it on, begins anew: what failed before counts no more. */
function followSwitch({ ctx, object, original, isMaster }: TriggerCall): void {
  const now = ctx.clock.now();
  if (isMaster && object.dirty('disabled_reason') && object.get('active') === false) return;
  const hasMoved = original !== undefined && original.get('url') !== object.get('url');
  const isSwitched = !original || object.dirty('active');
  // What somebody has switched off himself stays off until he switches it on.
  if (hasMoved && !isSwitched && original.get('disabled_reason') !== 'by_hand') object.set('active', true);
  const isOn = object.get('active') === true;
  if (isOn && (isSwitched || hasMoved)) {
    object.set('enabled_at', now);
    object.set('failure_count', 0);
    if (original) for (const name of ['disabled_at', 'disabled_reason', 'failing_since']) object.unset(name);
  } else if (!isOn && (!original || original.get('active') === true)) {
    object.set('disabled_at', now);
    object.set('disabled_reason', 'by_hand');
  }
}

/** One new endpoint of a tenant at a time, so that many at once do not pass the limit together. */
async function takePlace({ object, original, context }: TriggerCall): Promise<void> {
  if (original) return;
  const tenant = tenantOf(object);
  const token = randomUUID();
  await takeSeat(seatOf(tenant), { token, holdMs: HOLD_MS, waitMs: WAIT_MS });
  context[PLACE] = token;
  if ((await countEndpoints(tenant)) < MAX_ENDPOINTS) return;
  await seatOf(tenant).release(token);
  throw new AppError('CONFLICT', `A tenant has at most ${MAX_ENDPOINTS} webhook endpoints.`);
}

async function leavePlace({ object, context }: TriggerCall): Promise<void> {
  const token = context[PLACE];
  if (typeof token === 'string') await seatOf(tenantOf(object)).release(token);
}

async function cancel(object: Parse.Object, code: string, now: Date): Promise<void> {
  const message = code === 'ENDPOINT_DELETED' ? 'The endpoint was deleted.' : 'The endpoint was switched off.';
  await cancelDeliveries({ endpoint: object.id! }, { code, message }, now);
}

const seatOf = (tenant: string) => namedSeat(`webhooks.endpoints.${tenant}`);
const tenantOf = (object: Parse.Object): string => (object.get('tenant') as Parse.Object).id!;
