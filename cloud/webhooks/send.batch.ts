import { findEvents } from '../../core/events/event.store';
import type { DomainEvent } from '../../core/events/event.types';
import { renderBody } from './body';
import { deliveryRows, type DeliveryRow } from './delivery.store';
import { oneOf } from '../../core/database/kit/where';
import { isOwnAddress } from './endpoint-url';
import { findEndpoints, type EndpointRow } from './endpoint.store';
import { secretsOfMany } from './secrets.store';
import { OPEN_STATUSES } from './webhooks.schema';

/** One delivery with all that its request needs. */
export interface Sendable {
  delivery: DeliveryRow;
  endpoint: EndpointRow;
  /** The id that receivers see. */
  eventId: string;
  body: string;
  secrets: readonly string[];
}

/** What is to be done with a delivery: `over` needs nothing, `ended` is to be written down. */
export type Found =
  | { kind: 'over' }
  | { kind: 'later'; until: Date }
  | { kind: 'fault'; error: Error }
  | { kind: 'ended'; delivery: DeliveryRow; reason: { code: string; message: string } }
  | { kind: 'send'; sendable: Sendable };

const SOON_MS = 1_000;

const REASONS = {
  ENDPOINT_DELETED: 'The endpoint was deleted.',
  ENDPOINT_DISABLED: 'The endpoint was switched off.',
  EVENT_REMOVED: 'The event is not kept any more.',
  OWN_ADDRESS: 'The URL is one of this server, from which the event came.',
} as const;

/** Four statements for any number of deliveries; by their ids. Those that nobody knows are over. */
export async function findSendables(ids: readonly string[], now: Date): Promise<Map<string, Found>> {
  const rows = await deliveryRows.list({ objectId: oneOf(ids) });
  const open = rows.filter(({ status }) => (OPEN_STATUSES as readonly string[]).includes(status));
  const endpointIds = [...new Set(open.map(({ endpoint }) => endpoint))];
  const [events, endpoints] = await Promise.all([
    findEvents([...new Set(open.map(({ event_id: id }) => id))]),
    endpointIds.length ? findEndpoints(endpointIds) : [],
  ]);
  const active = endpoints.filter((endpoint) => endpoint.active).map(({ objectId }) => objectId);
  const known: Known = {
    events: new Map(events.map((event) => [event.id, event])),
    endpoints: new Map(endpoints.map((endpoint) => [endpoint.objectId, endpoint])),
    secrets: active.length ? await secretsOfMany(active, now) : new Map<string, string[]>(),
    bodies: new Map<string, string>(),
  };
  const found = new Map<string, Found>(ids.map((id) => [id, { kind: 'over' }]));
  for (const delivery of open) found.set(delivery.objectId, judge(delivery, known, now));
  return found;
}

interface Known {
  events: ReadonlyMap<string, DomainEvent>;
  endpoints: ReadonlyMap<string, EndpointRow>;
  secrets: ReadonlyMap<string, readonly string[]>;
  /** One event goes to many endpoints. */
  bodies: Map<string, string>;
}

function judge(delivery: DeliveryRow, { events, endpoints, secrets, bodies }: Known, now: Date): Found {
  const endpoint = endpoints.get(delivery.endpoint);
  const event = events.get(delivery.event_id);
  if (!endpoint) return ended(delivery, 'ENDPOINT_DELETED');
  if (!endpoint.active) return ended(delivery, 'ENDPOINT_DISABLED');
  if (!event) return ended(delivery, 'EVENT_REMOVED');
  if (event.type.startsWith('webhook.') && isOwnAddress(endpoint.url)) return ended(delivery, 'OWN_ADDRESS');
  const { next_attempt_at: until } = delivery;
  if (until && until.getTime() > now.getTime() + SOON_MS) return { kind: 'later', until };
  const own = secrets.get(endpoint.objectId);
  if (!own?.length) return { kind: 'fault', error: new Error('There is no secret to sign with.') };
  const body = bodies.get(event.id) ?? renderBody(event);
  bodies.set(event.id, body);
  return { kind: 'send', sendable: { delivery, endpoint, eventId: event.id, body, secrets: own } };
}

const ended = (delivery: DeliveryRow, code: keyof typeof REASONS): Found => ({
  kind: 'ended',
  delivery,
  reason: { code, message: REASONS[code] },
});
