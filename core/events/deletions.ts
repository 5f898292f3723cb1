import { lt, oneOf } from '../database/kit/where';
import { database } from '../database/database';
import { pendingEvent } from './entry';
import { eventRows } from './event.store';
import type { EventDraft, EventSubject } from './event.types';
import { hintEvents } from './hints';
import { mover } from './mover';
import { nextSeqs } from './seq.mongo';

/** A deletion leaves no row to carry its event: the event is stored as an intent before, and settled afterwards. */
export interface Deletion {
  subject: EventSubject;
  /** Of the row: another one may have its id later. */
  createdAt: Date | undefined;
  tenant: string;
  requestId: string;
  now: Date;
}

/** Longer than any request: by then a deletion has happened, or never will. */
const LONGEST_REQUEST_MS = 120_000;
const BATCH = 500;

const keyOf = ({ subject, createdAt }: Deletion, type: string): string =>
  `deleted:${subject.className}:${subject.id}:${createdAt?.getTime() ?? ''}:${type}`;

/** Before the deletion. A second one of the same row finds the first one's intent. */
export async function intendDeletion(drafts: readonly EventDraft[], deletion: Deletion): Promise<void> {
  for (const draft of drafts) {
    const { subject, tenant, now } = deletion;
    const key = keyOf(deletion, draft.type);
    const entry = pendingEvent(draft, deletion);
    const fresh = { recorded_at: now, request_id: entry.request };
    // One that is left of a deletion that failed is this one's now.
    if (await eventRows.update({ key, state: 'intended' }, fresh)) continue;
    await eventRows.insert({
      ...fresh,
      id: entry.id,
      key,
      state: 'intended',
      tenant,
      type: draft.type,
      subject_class: subject.className,
      subject_id: subject.id,
      occurred_at: new Date(entry.at),
      payload: entry.payload,
      population: entry.population ?? null,
      person: entry.person ?? null,
      ...(database().kind === 'mongo' ? { seq: 0 } : {}),
    });
  }
}

/** After the deletion. Within a transaction the row is still there for others: then the sweep settles it. */
export async function settleDeletion(drafts: readonly EventDraft[], deletion: Deletion): Promise<void> {
  const { subject } = deletion;
  if (await mover().isThere(subject.className, subject.id)) return;
  if (await settleSubject(subject)) return;
  // It took so long that the sweep gave the intent up.
  await intendDeletion(drafts, deletion);
  await settleSubject(subject);
}

async function settleSubject(subject: EventSubject): Promise<number> {
  const intended = await eventRows.list({
    subject_class: subject.className,
    subject_id: subject.id,
    state: 'intended',
  });
  await settle(intended.map(({ id }) => ({ id, subject })));
  return intended.length;
}

/** Intents that nobody settled: the row is gone, so it happened, or is there, so it did not. How many. */
export async function settleIntents(now = new Date()): Promise<number> {
  const before = new Date(now.getTime() - LONGEST_REQUEST_MS);
  const left = await eventRows.list({ state: 'intended', recorded_at: lt(before) }, { limit: BATCH });
  for (const { id, subject_class: className, subject_id: subjectId } of left) {
    if (await mover().isThere(className, subjectId))
      await eventRows.remove({ id, state: 'intended', recorded_at: lt(before) });
    else await settle([{ id, subject: { className, id: subjectId } }]);
  }
  return left.length;
}

async function settle(events: readonly { id: string; subject: EventSubject }[]): Promise<void> {
  if (!events.length) return;
  const db = database();
  const recordedAt = new Date();
  if (db.kind === 'postgres') {
    await db.pool.query(
      `update app.event set state = 'recorded', recorded_at = $2, seq = default where id = any ($1) and state = 'intended'`,
      [events.map(({ id }) => id), recordedAt],
    );
  } else {
    const seqs = await nextSeqs(
      db.db,
      events.map(({ subject }) => ({ class: subject.className, subject: subject.id })),
    );
    for (const [index, { id }] of events.entries())
      await eventRows.update(
        { id: oneOf([id]), state: 'intended' },
        { state: 'recorded', recorded_at: recordedAt, seq: seqs[index]! },
      );
  }
  hintEvents();
}
