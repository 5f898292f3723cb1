import type { Collection } from 'mongodb';
import { database, type MongoDatabase } from '../database/database';
import type { MailFacts } from './composer';

/** `failed`: a dead letter, which keeps its facts so that it can be sent again. */
export type MailState = 'queued' | 'sent' | 'dropped' | 'failed';

export interface MailRow {
  id: string;
  kind: string;
  facts: MailFacts;
  state: MailState;
  createdAt: Date;
}

interface MailDocument {
  _id: string;
  kind: string;
  facts: MailFacts;
  state: MailState;
  created_at: Date;
  settled_at: Date | null;
}

const mails = ({ db }: MongoDatabase): Collection<MailDocument> => db.collection<MailDocument>('app_mail');

/** Does nothing when the id is there already. */
export async function insertMail({ id, kind, facts }: { id: string; kind: string; facts: MailFacts }): Promise<void> {
  const db = database();
  if (db.kind === 'postgres') {
    await db.pool.query(
      `insert into app.mail (id, kind, facts, state, created_at) values ($1, $2, $3, 'queued', now()) on conflict do nothing`,
      [id, kind, JSON.stringify(facts)],
    );
    return;
  }
  const row = { kind, facts, state: 'queued' as const, created_at: new Date(), settled_at: null };
  await mails(db).updateOne({ _id: id }, { $setOnInsert: row }, { upsert: true });
}

export async function findMail(id: string): Promise<MailRow | undefined> {
  const db = database();
  if (db.kind === 'postgres') {
    const { rows } = await db.pool.query<MailRow>(
      'select id, kind, facts, state, created_at as "createdAt" from app.mail where id = $1',
      [id],
    );
    return rows[0];
  }
  const row = await mails(db).findOne({ _id: id });
  return row ? { id, kind: row.kind, facts: row.facts, state: row.state, createdAt: row.created_at } : undefined;
}

/** Ends it; what it was about is forgotten, but for a failed one. */
export async function settleMail(id: string, state: Exclude<MailState, 'queued'>): Promise<void> {
  const db = database();
  if (db.kind === 'postgres') {
    await db.pool.query(
      `update app.mail set state = $2, settled_at = now(), facts = case when $2 = 'failed' then facts else '{}' end where id = $1`,
      [id, state],
    );
    return;
  }
  const values = { state, settled_at: new Date(), ...(state === 'failed' ? {} : { facts: {} }) };
  await mails(db).updateOne({ _id: id }, { $set: values });
}

/** Mails that should have been sent by `before`. */
export async function openMails(before: Date, limit: number): Promise<string[]> {
  const db = database();
  if (db.kind === 'postgres') {
    const { rows } = await db.pool.query<{ id: string }>(
      `select id from app.mail where state = 'queued' and created_at < $1 order by created_at limit $2`,
      [before, limit],
    );
    return rows.map(({ id }) => id);
  }
  const open = mails(db).find({ state: 'queued', created_at: { $lt: before } });
  return (await open.sort({ created_at: 1 }).limit(limit).toArray()).map(({ _id }) => _id);
}

export async function removeSettled(before: { done: Date; failed: Date }): Promise<void> {
  const db = database();
  if (db.kind === 'postgres') {
    await db.pool.query(
      `delete from app.mail where settled_at < case when state = 'failed' then $2::timestamptz else $1::timestamptz end`,
      [before.done, before.failed],
    );
    return;
  }
  await mails(db).deleteMany({ state: { $ne: 'failed' }, settled_at: { $lt: before.done } });
  await mails(db).deleteMany({ state: 'failed', settled_at: { $lt: before.failed } });
}

/** For an erasure: nothing more goes to the address, and no row names it. */
export async function forgetMailsTo(address: string): Promise<void> {
  const db = database();
  if (db.kind === 'postgres') {
    await db.pool.query(`delete from app.mail where facts ->> 'to' = $1`, [address]);
    await db.pool.query('delete from app.caught_mail where recipient = $1', [address]);
    return;
  }
  await mails(db).deleteMany({ 'facts.to': address });
  await db.db.collection('app_caught_mail').deleteMany({ recipient: address });
}
