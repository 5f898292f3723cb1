import { createHash } from 'node:crypto';
import { Table } from '../../core/database/kit/table';
import { during, lt, not, oneOf } from '../../core/database/kit/where';
import type { DomainEvent } from '../../core/events/event.types';
import { logPermissions } from '../../core/schema/acl';
import type { EndpointRow } from './endpoint.store';
import { OPEN_STATUSES, type DeliveryStatus } from './webhooks.schema';

export interface DeliveryRow {
  objectId: string;
  tenant: string;
  endpoint: string;
  event_id: string;
  event_type: string;
  subject_id: string;
  status: DeliveryStatus;
  attempts: number;
  replay_id: string;
  response_status: number | null;
  response_body: string | null;
  request_headers: Readonly<Record<string, string>> | null;
  duration_ms: number | null;
  last_error: { code: string; message: string } | null;
  next_attempt_at: Date | null;
  delivered_at: Date | null;
  createdAt: Date;
  updatedAt: Date;
  _rperm: readonly string[];
  _wperm: readonly string[];
}

const NEWEST_FIRST = [
  ['createdAt', 'desc'],
  ['objectId', 'desc'],
] as const;

/** Rows of WebhookDelivery, written below Parse: there are many, and nobody but the server writes them. */
export const deliveryRows = new Table<DeliveryRow>({
  className: 'WebhookDelivery',
  key: ['objectId'],
  columns: {
    objectId: 'plain',
    tenant: { pointerTo: 'Tenant' },
    endpoint: { pointerTo: 'WebhookEndpoint' },
    event_id: 'plain',
    event_type: 'plain',
    subject_id: 'plain',
    status: 'plain',
    attempts: 'plain',
    replay_id: 'plain',
    response_status: 'plain',
    response_body: 'plain',
    request_headers: 'json',
    duration_ms: 'plain',
    last_error: 'json',
    next_attempt_at: 'plain',
    delivered_at: 'plain',
    createdAt: 'plain',
    updatedAt: 'plain',
    _rperm: 'plain',
    _wperm: 'plain',
  },
});

/**
 * What is to be sent, not yet stored. Its id follows from endpoint, event and replay: whoever makes it again, after a
 * crash or at the same time, makes the same one.
 */
export function newDelivery(endpoint: EndpointRow, event: DomainEvent, replayId: string, now: Date): DeliveryRow {
  const permissions = logPermissions();
  return {
    objectId: idOf([endpoint.objectId, event.id, replayId]),
    tenant: endpoint.tenant,
    endpoint: endpoint.objectId,
    event_id: event.id,
    event_type: event.type,
    subject_id: event.subject.id,
    status: 'pending',
    attempts: 0,
    replay_id: replayId,
    response_status: null,
    response_body: null,
    request_headers: null,
    duration_ms: null,
    last_error: null,
    next_attempt_at: now,
    delivered_at: null,
    createdAt: now,
    updatedAt: now,
    _rperm: permissions.read,
    _wperm: permissions.write,
  };
}

export function findDelivery(id: string): Promise<DeliveryRow | undefined> {
  return deliveryRows.find({ objectId: id });
}

/** What is asked of the log of an endpoint; times are those of the delivery's making. */
export interface DeliveryFilter {
  endpoint: string;
  status?: DeliveryStatus | undefined;
  event_type?: string | undefined;
  event_id?: string | undefined;
  replay_id?: string | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
}

/** The newest first, and how many there are in all. */
export async function listDeliveries(
  filter: DeliveryFilter,
  page: { offset: number; limit: number },
): Promise<{ rows: DeliveryRow[]; total: number }> {
  const { from, to, ...equal } = filter;
  const made = during(from, to);
  const where = {
    ...Object.fromEntries(Object.entries(equal).filter(([, value]) => value !== undefined)),
    ...(made ? { createdAt: made } : {}),
  };
  const [rows, total] = await Promise.all([
    deliveryRows.list(where, { order: NEWEST_FIRST, ...page }),
    deliveryRows.count(where),
  ]);
  return { rows, total };
}

/** What an endpoint was to get of these events, first and again. */
export function deliveriesOf(endpoint: string, eventIds: readonly string[]): Promise<DeliveryRow[]> {
  return deliveryRows.list({ endpoint, event_id: oneOf(eventIds) });
}

/** Made before, the oldest first. */
export async function oldDeliveries(before: Date, limit: number): Promise<string[]> {
  const rows = await deliveryRows.page({ createdAt: lt(before) }, { by: 'createdAt', limit });
  return rows.map(({ objectId }) => objectId);
}

export function removeDeliveries(ids: readonly string[]): Promise<number> {
  return deliveryRows.remove({ objectId: oneOf(ids) });
}

/**
 * Ends those that were tried and will be again: the deliveries of this replay take their place. Older ones only, so
 * that of two replays one sends.
 * @param replay its id, and when it was asked for
 */
export async function supersedeDeliveries(
  endpoint: string,
  eventIds: readonly string[],
  { replay, now }: { replay: { id: string; at: Date }; now: Date },
): Promise<void> {
  await deliveryRows.update(
    { endpoint, event_id: oneOf(eventIds), status: 'failed', replay_id: not(replay.id), createdAt: lt(replay.at) },
    { status: 'cancelled', last_error: SENT_AGAIN, next_attempt_at: null, updatedAt: now },
  );
}

const SENT_AGAIN = { code: 'SENT_AGAIN', message: 'The event is sent again by another delivery.' } as const;

/** Ends what nobody has ended yet; how many. An attempt that is under way still arrives, and is not noted. */
export async function cancelDeliveries(
  which: { objectId: string } | { endpoint: string },
  reason: { code: string; message: string },
  now: Date,
): Promise<number> {
  return deliveryRows.update(
    { ...which, status: oneOf<DeliveryStatus>(OPEN_STATUSES) },
    { status: 'cancelled', last_error: reason, next_attempt_at: null, updatedAt: now },
  );
}

function idOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24);
}
