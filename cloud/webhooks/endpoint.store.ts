import Parse from 'parse/node';
import { Table } from '../../core/database/kit/table';
import { lt, oneOf, orNull } from '../../core/database/kit/where';
import type { DisabledReason } from './webhooks.schema';

export interface EndpointRow {
  objectId: string;
  tenant: string;
  url: string;
  description: string | null;
  types: readonly string[];
  active: boolean;
  enabled_at: Date | null;
  disabled_at: Date | null;
  disabled_reason: DisabledReason | null;
  failing_since: Date | null;
  last_success_at: Date | null;
  last_failure_at: Date | null;
  failure_count: number | null;
  max_per_second: number;
  max_in_flight: number;
  createdAt: Date;
  updatedAt: Date;
}

/** What a service sets; the trigger checks it and adds the rest. */
export type EndpointFields = Partial<
  Pick<EndpointRow, 'url' | 'description' | 'types' | 'active' | 'max_per_second' | 'max_in_flight'>
>;

const rows = new Table<EndpointRow>({
  className: 'WebhookEndpoint',
  key: ['objectId'],
  columns: {
    objectId: 'plain',
    tenant: { pointerTo: 'Tenant' },
    url: 'plain',
    description: 'plain',
    types: 'json',
    active: 'plain',
    enabled_at: 'plain',
    disabled_at: 'plain',
    disabled_reason: 'plain',
    failing_since: 'plain',
    last_success_at: 'plain',
    last_failure_at: 'plain',
    failure_count: 'plain',
    max_per_second: 'plain',
    max_in_flight: 'plain',
    createdAt: 'plain',
    updatedAt: 'plain',
  },
});

/** The services have checked who asks; the class's trigger runs for these writes as well. */
const asServer = { useMasterKey: true } as const;

export function findEndpoint(id: string): Promise<EndpointRow | undefined> {
  return rows.find({ objectId: id });
}

export function findEndpoints(ids: readonly string[]): Promise<EndpointRow[]> {
  return rows.list({ objectId: oneOf(ids) });
}

/** Of a tenant, the newest first: it has fifty at most. */
export function endpointsOf(tenant: string): Promise<EndpointRow[]> {
  return rows.page({ tenant }, { by: 'createdAt', isDescending: true, limit: 10_000 });
}

export function countEndpoints(tenant: string): Promise<number> {
  return rows.count({ tenant });
}

/** Those that get events now. */
export function activeEndpoints(tenants: readonly string[]): Promise<EndpointRow[]> {
  return rows.list({ tenant: oneOf(tenants), active: true });
}

export async function createEndpoint(tenant: string, fields: EndpointFields): Promise<string> {
  const row = new Parse.Object('WebhookEndpoint');
  const saved = await row.save({ ...fields, tenant: pointerTo('Tenant', tenant) }, asServer);
  return saved.id!;
}

export async function updateEndpoint(id: string, fields: EndpointFields): Promise<void> {
  await pointerTo('WebhookEndpoint', id).save(fields, asServer);
}

/** Through Parse, so that the event is stored with the change. */
export async function disableEndpoint(id: string, reason: DisabledReason, at: Date): Promise<void> {
  const change = { active: false, disabled_reason: reason, disabled_at: at };
  await pointerTo('WebhookEndpoint', id).save(change, asServer);
}

export async function deleteEndpoint(id: string): Promise<void> {
  await pointerTo('WebhookEndpoint', id).destroy(asServer);
}

/** Below Parse: it happens with every few deliveries, and is nobody's change of the endpoint. */
export async function writeSuccess(id: string, at: Date): Promise<void> {
  await rows.update(
    { objectId: id, last_success_at: orNull(lt(at)) },
    { last_success_at: at, failing_since: null, failure_count: 0 },
  );
}

/** @returns the endpoint as it is then; undefined when it is gone, or has succeeded since */
export async function writeFailure(id: string, at: Date, count: number): Promise<EndpointRow | undefined> {
  const isLater = { objectId: id, last_success_at: orNull(lt(at)) };
  await rows.update({ ...isLater, failing_since: null }, { failing_since: at });
  for (;;) {
    const row = await rows.find(isLater);
    if (!row) return undefined;
    const now = row.failure_count;
    const change = { last_failure_at: at, failure_count: (now ?? 0) + count };
    // Only where nobody else has counted meanwhile.
    if (await rows.update({ ...isLater, failure_count: now }, change)) return { ...row, ...change };
  }
}

function pointerTo(className: string, id: string): Parse.Object {
  const pointer = new Parse.Object(className);
  pointer.id = id;
  return pointer;
}
