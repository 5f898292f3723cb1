import type { Collection } from 'mongodb';
import { database, type MongoDatabase } from '../database/database';
import { log } from '../log';
import type { Mail } from './rules';

export interface CaughtMail {
  id: string;
  to: string;
  subject: string;
  text: string;
  html: string | null;
  at: Date;
}

interface CaughtDocument {
  _id: string;
  recipient: string;
  subject: string;
  body: string;
  html: string | null;
  caught_at: Date;
}

const KEPT = 200;

const caught = ({ db }: MongoDatabase): Collection<CaughtDocument> => db.collection<CaughtDocument>('app_caught_mail');

/** Instead of a mail server in development and test: the mail can be read by administrators and in the log. */
export async function catchMail(id: string, { to, subject, text, html = undefined }: Mail): Promise<void> {
  const db = database();
  if (db.kind === 'postgres') {
    await db.pool.query(
      `insert into app.caught_mail (id, recipient, subject, body, html, caught_at) values ($1, $2, $3, $4, $5, now())
       on conflict do nothing`,
      [id, to, subject, text, html ?? null],
    );
    await db.pool.query('delete from app.caught_mail where n <= (select max(n) - $1 from app.caught_mail)', [KEPT]);
  } else {
    const row = { recipient: to, subject, body: text, html: html ?? null, caught_at: new Date() };
    await caught(db).updateOne({ _id: id }, { $setOnInsert: row }, { upsert: true });
    const [oldest] = await caught(db).find().sort({ caught_at: -1 }).skip(KEPT).limit(1).toArray();
    if (oldest) await caught(db).deleteMany({ caught_at: { $lte: oldest.caught_at } });
  }
  log().info(
    { to, subject, link: /\bhttps?:\/\/\S+|\b[a-z][a-z0-9+.-]*:\/\/\S+/i.exec(text)?.[0] },
    'A mail was caught.',
  );
}

/** Newest first. */
export async function caughtMails(filter: {
  to?: string | undefined;
  skip: number;
  limit: number;
}): Promise<{ mails: CaughtMail[]; total: number }> {
  const { to, skip, limit } = filter;
  const db = database();
  if (db.kind === 'postgres') {
    const { rows } = await db.pool.query<CaughtMail>(
      `select id, recipient as to, subject, body as text, html, caught_at as at from app.caught_mail
       where $1::text is null or recipient = $1 order by n desc offset $2 limit $3`,
      [to ?? null, skip, limit],
    );
    const counted = await db.pool.query<{ n: string }>(
      'select count(*) as n from app.caught_mail where $1::text is null or recipient = $1',
      [to ?? null],
    );
    return { mails: rows, total: Number(counted.rows[0]?.n) };
  }
  const where = to === undefined ? {} : { recipient: to };
  const rows = await caught(db).find(where).sort({ caught_at: -1, _id: 1 }).skip(skip).limit(limit).toArray();
  const mails = rows.map((row) => ({
    id: row._id,
    to: row.recipient,
    subject: row.subject,
    text: row.body,
    html: row.html,
    at: row.caught_at,
  }));
  return { mails, total: await caught(db).countDocuments(where) };
}
