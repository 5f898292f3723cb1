import type { DomainEvent } from '../../core/events/event.types';
import { matchesTypes } from '../../core/events/types';
import { activeEndpoints, type EndpointRow } from './endpoint.store';
import { isOwnAddress } from './endpoint-url';
import { ENDPOINT_DISABLED, TEST_EVENT } from './webhooks.events';

/** Clocks of two processes may differ by so much. */
const SKEW_MS = 60_000;

/** Whether an endpoint gets an event now; whether it is active is not asked here. */
function isFor(endpoint: EndpointRow, event: DomainEvent): boolean {
  if (event.type === TEST_EVENT) return event.subject.id === endpoint.objectId;
  const isOld = endpoint.enabled_at !== null && event.recordedAt.getTime() + SKEW_MS < endpoint.enabled_at.getTime();
  return !isOld && matchesTypes(endpoint.types, event.type) && maySend(endpoint, event);
}

/** Whether an event can go to an endpoint at all, as a repetition too. */
export function maySend(endpoint: EndpointRow, event: DomainEvent): boolean {
  if (event.type === TEST_EVENT) return false;
  // It has just been disabled: the owner hears of it by the others.
  if (event.type === ENDPOINT_DISABLED && event.subject.id === endpoint.objectId) return false;
  return !(event.type.startsWith('webhook.') && isOwnAddress(endpoint.url));
}

/** Active endpoints by tenant, of these events. */
export async function endpointsFor(events: readonly DomainEvent[]): Promise<(event: DomainEvent) => EndpointRow[]> {
  const tenants = [...new Set(events.map(({ tenant }) => tenant))].filter(Boolean);
  const byTenant = new Map<string, EndpointRow[]>();
  for (const endpoint of tenants.length ? await activeEndpoints(tenants) : [])
    byTenant.set(endpoint.tenant, [...(byTenant.get(endpoint.tenant) ?? []), endpoint]);
  return (event) => (byTenant.get(event.tenant) ?? []).filter((endpoint) => isFor(endpoint, event));
}
