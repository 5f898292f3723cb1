import type { PoolClient } from 'pg';
import { database } from '../database/database';
import { oneOf } from '../database/kit/where';
import { AppError } from '../errors';
import { pendingEvent, type PendingEvent } from './entry';
import { eventRows, insertRecorded, toEvent, type EventRow } from './event.store';
import type { DomainEvent, EventDraft, NewEvent } from './event.types';
import { gathered } from '../gathered';
import { hintEvents } from './hints';
import { observeRecorded } from './event.metrics';
import { nextSeqs } from './seq.mongo';

const MAX_KEY = 300;

/**
 * Records events that are no saved row's: once a key, however often. When this returns they are in the database and
 * will be dispatched. With `client` (PostgreSQL) they are part of the caller's transaction.
 * @returns the events as they are stored, in order; of a key that was there before, the first one's
 * @throws AppError VALIDATION_ERROR, and then none is recorded
 */
export async function recordEvents(
  events: readonly NewEvent[],
  { client }: { client?: PoolClient } = {},
): Promise<DomainEvent[]> {
  if (!events.length) return [];
  const rows = events.map(rowOf);
  return client ? store(rows, client) : [...(await storeGathered(rows))];
}

async function store(given: readonly Partial<EventRow>[], client?: PoolClient): Promise<DomainEvent[]> {
  const rows = await withSeqs(given);
  const added = await insertRecorded(rows, client);
  observeRecorded('direct', added);
  const table = client ? eventRows.on(client) : eventRows;
  const stored = await table.list({ key: oneOf(rows.map(({ key }) => key!)) });
  hintEvents();
  const byKey = new Map(stored.map((row) => [row.key, toEvent(row)]));
  return rows.map(({ key }) => byKey.get(key!)!);
}

const storeGathered = gathered((rows: readonly Partial<EventRow>[]) => store(rows));

function rowOf(event: NewEvent): Partial<EventRow> {
  const { key, tenant, subject, requestId = '' } = event;
  if (!key || key.length > MAX_KEY || key.includes('\0')) throw new AppError('VALIDATION_ERROR', 'key: is no key.');
  const now = new Date();
  const entry = pendingEvent(event, { subject, tenant, requestId, now });
  return { ...recordedRow(entry, now), key };
}

function recordedRow(entry: PendingEvent, now: Date): Partial<EventRow> {
  return {
    id: entry.id,
    state: 'recorded',
    tenant: entry.tenant,
    type: entry.type,
    subject_class: entry.class,
    subject_id: entry.subject,
    occurred_at: new Date(entry.at),
    recorded_at: now,
    payload: entry.payload,
    request_id: entry.request,
    population: entry.population ?? null,
    person: entry.person ?? null,
  };
}

async function withSeqs(rows: readonly Partial<EventRow>[]): Promise<readonly Partial<EventRow>[]> {
  const db = database();
  if (db.kind === 'postgres') return rows;
  const seqs = await nextSeqs(
    db.db,
    rows.map((row) => ({ class: row.subject_class!, subject: row.subject_id! })),
  );
  return rows.map((row, index) => ({ ...row, seq: seqs[index]! }));
}

export interface RowCause {
  className: string;
  objectId: string;
  tenant: string;
  requestId?: string;
}

/**
 * For a store that changes rows of a class below Parse: texts that it appends to the column `pending_events` in the
 * very statement that makes the change (PostgreSQL: `coalesce(pending_events, '[]') || $n::jsonb`, MongoDB: `$push`
 * with `$each`). Then {@link hintEvents}.
 */
export function pendingTexts(drafts: readonly EventDraft[], cause: RowCause): string[] {
  return entriesOf({ drafts, cause }, new Date()).map((entry) => JSON.stringify(entry));
}

export interface RowChange {
  drafts: readonly EventDraft[];
  cause: RowCause;
}

/**
 * For a transaction that changes many rows below Parse (PostgreSQL): their events are part of it, and are not carried by
 * the rows. The transaction holds the rows, and none of them may carry events of an earlier change: for those
 * {@link pendingTexts}. Then {@link hintEvents}, when it is committed.
 */
export async function recordChanges(client: PoolClient, changes: readonly RowChange[]): Promise<void> {
  const now = new Date();
  const rows = changes.flatMap((change) => entriesOf(change, now)).map((entry) => recordedRow(entry, now));
  if (rows.length) observeRecorded('direct', await insertRecorded(rows, client));
}

function entriesOf({ drafts, cause }: RowChange, now: Date): PendingEvent[] {
  const { className, objectId, tenant, requestId = '' } = cause;
  return drafts.map((draft) => pendingEvent(draft, { subject: { className, id: objectId }, tenant, requestId, now }));
}
