import { database, type MongoDatabase, type PostgresDatabase } from '../database/database';
import type { DomainEvent } from './event.types';

/** Earlier events of a subject that are looked at: what an open one keeps waiting is open itself, so they form a chain. */
const LOOK_BACK = 200;
const OPEN = ['waiting', 'ready', 'leased'];

/**
 * Those of the events before which an earlier one of the same subject is still open for the consumer: not dispatched
 * yet, or with a due row that is not settled. The events of the batch itself do not count: its caller orders them.
 */
export async function blockedBy(consumer: string, events: readonly DomainEvent[]): Promise<ReadonlySet<string>> {
  if (!events.length) return new Set();
  const db = database();
  return db.kind === 'postgres' ? onPostgres(db, consumer, events) : onMongo(db, consumer, events);
}

async function onPostgres(
  { pool }: PostgresDatabase,
  consumer: string,
  events: readonly DomainEvent[],
): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ id: string }>({
    name: `event-blocked-${consumer}`,
    text: `select b.id from app.event b where b.id = any ($1) and exists (
        select 1 from (select id, state from app.event e where e.subject_class = b.subject_class
            and e.subject_id = b.subject_id and e.seq < b.seq order by e.seq desc limit $3) p
          left join app.due_event_${consumer} d on d.key = p.id
        where p.id <> all ($1) and (p.state = 'recorded' or d.state = any ($2)))`,
    values: [events.map(({ id }) => id), OPEN, LOOK_BACK],
  });
  return new Set(rows.map(({ id }) => id));
}

async function onMongo(
  { db }: MongoDatabase,
  consumer: string,
  events: readonly DomainEvent[],
): Promise<ReadonlySet<string>> {
  interface Earlier {
    _id: string;
    seq: number;
    state: string;
    subject_class: string;
    subject_id: string;
  }
  const own = new Set(events.map(({ id }) => id));
  // One question a subject: one with a long past must not hide the others'.
  const subjects = new Map(events.map(({ subject }) => [`${subject.className}:${subject.id}`, subject]));
  const found = (
    await Promise.all(
      [...subjects.values()].map(({ className, id }) =>
        db
          .collection<Earlier>('app_event')
          .find({
            subject_class: className,
            subject_id: id,
            seq: { $lt: Math.max(...events.filter((one) => one.subject.id === id).map(({ seq }) => seq)) },
          })
          .sort({ seq: -1 })
          .limit(LOOK_BACK)
          .project<Earlier>({ _id: 1, seq: 1, state: 1, subject_class: 1, subject_id: 1 })
          .toArray(),
      ),
    )
  ).flat();
  const earlier = found.filter(({ _id, state }) => !own.has(_id) && state !== 'intended');
  const open = await db
    .collection<{ _id: string }>(`app_due_event_${consumer}`)
    .find({ _id: { $in: earlier.map(({ _id }) => _id) }, state: { $in: OPEN } })
    .project<{ _id: string }>({ _id: 1 })
    .toArray();
  const openIds = new Set(open.map(({ _id }) => _id));
  const blocking = earlier.filter(({ _id, state }) => state === 'recorded' || openIds.has(_id));
  return new Set(
    events
      .filter(({ subject, seq }) =>
        blocking.some(
          (one) => one.subject_class === subject.className && one.subject_id === subject.id && one.seq < seq,
        ),
      )
      .map(({ id }) => id),
  );
}
