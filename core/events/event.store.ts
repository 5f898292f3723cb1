import type { PoolClient } from 'pg';
import { Table } from '../database/kit/table';
import { between, during, oneOf, type AllOf, type Where } from '../database/kit/where';
import type { DomainEvent, EventSubject } from './event.types';

/** A row of app.event. */
export interface EventRow {
  id: string;
  seq: number;
  state: string;
  /** Of what was recorded with one. */
  key: string | null;
  tenant: string;
  type: string;
  subject_class: string;
  subject_id: string;
  occurred_at: Date;
  recorded_at: Date;
  /** JSON. */
  payload: string;
  request_id: string;
  population: string | null;
  person: string | null;
}

export const eventRows = new Table<EventRow>({
  table: 'event',
  key: ['id'],
  columns: {
    id: 'plain',
    seq: 'integer',
    state: 'plain',
    key: 'plain',
    tenant: 'plain',
    type: 'plain',
    subject_class: 'plain',
    subject_id: 'plain',
    occurred_at: 'plain',
    recorded_at: 'plain',
    payload: 'plain',
    request_id: 'plain',
    population: 'plain',
    person: 'plain',
  },
});

export interface EventFilter {
  /** Left out: of all tenants. */
  tenant?: string | undefined;
  /** Patterns, as of consumers. @defaultValue all */
  types?: readonly string[] | undefined;
  subject?: EventSubject | undefined;
  /** Recorded from then on, and before then. */
  from?: Date | undefined;
  to?: Date | undefined;
}

export interface EventPage {
  limit: number;
  /** The last event of the page before. */
  after?: Pick<DomainEvent, 'recordedAt' | 'id'> | undefined;
  /** Events to pass over, for pages that people turn. */
  offset?: number;
  /** @defaultValue false: the oldest first */
  isDescending?: boolean;
}

/** What happened. An intended event has not. */
export async function findEvent(id: string): Promise<DomainEvent | undefined> {
  return (await findEvents([id]))[0];
}

/** Those that are still kept, in no order. */
export async function findEvents(ids: readonly string[]): Promise<DomainEvent[]> {
  if (!ids.length) return [];
  return (await eventRows.list({ id: oneOf(ids), state: oneOf(HAPPENED) })).map(toEvent);
}

/** By the time of recording. An event may still appear up to a minute before the present. */
export async function listEvents(
  filter: EventFilter,
  { limit, after, offset, isDescending }: EventPage,
): Promise<DomainEvent[]> {
  const rows = await eventRows.page(whereOf(filter), {
    by: 'recorded_at',
    limit,
    isDescending: isDescending ?? false,
    offset: offset ?? 0,
    after: after && { recorded_at: after.recordedAt, id: after.id },
  });
  return rows.map(toEvent);
}

export async function countEvents(filter: EventFilter): Promise<number> {
  return eventRows.count(whereOf(filter));
}

/** In the caller's transaction, or by itself; how many were new. */
export async function insertRecorded(rows: readonly Partial<EventRow>[], client?: PoolClient): Promise<number> {
  return (client ? eventRows.on(client) : eventRows).insertMany(rows);
}

const HAPPENED = ['recorded', 'dispatched'];

function whereOf({ tenant, types = ['*'], subject, from, to }: EventFilter): Where<EventRow> {
  const recorded = during(from, to);
  const common: AllOf<EventRow> = {
    state: oneOf(HAPPENED),
    ...(tenant === undefined ? {} : { tenant }),
    ...(subject ? { subject_class: subject.className, subject_id: subject.id } : {}),
    ...(recorded ? { recorded_at: recorded } : {}),
  };
  if (types.includes('*')) return common;
  // A list of alternatives: exact names in one, each family in one of its own. '/' is the character after '.'.
  const exact = types.filter((type) => !type.endsWith('.*'));
  const families = types.filter((type) => type.endsWith('.*')).map((type) => type.slice(0, -1));
  return [
    ...(exact.length ? [{ ...common, type: oneOf(exact) }] : []),
    ...families.map((prefix) => ({ ...common, type: between(prefix, `${prefix.slice(0, -1)}/`) })),
  ];
}

export function toEvent(row: EventRow): DomainEvent {
  return {
    id: row.id,
    tenant: row.tenant,
    type: row.type,
    subject: { className: row.subject_class, id: row.subject_id },
    seq: row.seq,
    occurredAt: row.occurred_at,
    recordedAt: row.recorded_at,
    payload: JSON.parse(row.payload) as Record<string, unknown>,
    requestId: row.request_id,
  };
}
