import { MongoClient, type Document } from 'mongodb';
import { Pool } from 'pg';
import { setDatabase, type Database } from '../../../core/database/database';
import { DUE_DEFAULTS } from '../../../core/due/due.types';
import type { MortalApp } from './mortal-app';

interface StoredEvent {
  id: string;
  type: string;
  subject: string;
  state: string;
}

/** What a database says of changes, events and effects, past all doors. */
export interface Ledger {
  events(): Promise<StoredEvent[]>;
  rows(className: string): Promise<{ id: string; status: string | null; amount: number | null }[]>;
  effects(): Promise<{ key: string; eventId: string; times: number }[]>;
  /** Rows that carry events which are not recorded. */
  carriers(className: string): Promise<number>;
  /** What keeps effects away, for a failure's words: due rows that are not done. */
  open(): Promise<unknown[]>;
  /** Ends the leases on due rows that killed workers hold, taken by `until`: otherwise half a minute passes. */
  endLeases(table?: string, until?: Date): Promise<void>;
  close(): Promise<void>;
}

export async function openLedger(app: MortalApp): Promise<Ledger> {
  return app.env['MONGODB_URL'] ? openMongo(app.databaseUri) : openPostgres(app.databaseUri);
}

async function openPostgres(uri: string): Promise<Ledger> {
  const pool = new Pool({ connectionString: uri, max: 3 });
  // It is killed now and then.
  pool.on('error', () => undefined);
  use({ kind: 'postgres', pool });
  await pool.query('create table if not exists kill_effect (key text primary key, event_id text, times int)');
  const ask = async <T>(text: string): Promise<T[]> => (await pool.query(text)).rows as T[];
  return {
    events: () => ask('select id, type, subject_id as subject, state from app.event order by seq'),
    rows: (name) =>
      ask(`select "objectId" as id, ${name === '_User' ? 'null' : 'status'} as status,
             ${name === 'Subscription' ? 'amount' : 'null'} as amount from "${name}"`),
    effects: () => ask('select key, event_id as "eventId", times from kill_effect'),
    carriers: async (name) =>
      (await ask<{ n: number }>(`select count(*)::int as n from "${name}" where pending_events is not null`))[0]!.n,
    open: () =>
      ask(
        `select key, state, state_at, now() as now, attempts, error from app.due_event_effects where state <> 'done'`,
      ),
    endLeases: async (table = 'event_effects', until = new Date()) =>
      void (await pool.query(`update app.due_${table} set state_at = now() where state = 'leased' and state_at <= $1`, [
        endOf(until),
      ])),
    close: async () => {
      setDatabase(undefined);
      await pool.end();
    },
  };
}

async function openMongo(uri: string): Promise<Ledger> {
  const client = await new MongoClient(uri).connect();
  const db = client.db();
  use({ kind: 'mongo', client, db });
  const all = (name: string): Promise<Document[]> => db.collection(name).find().toArray();
  return {
    events: async () =>
      (await all('app_event'))
        .sort((a, b) => a['seq'] - b['seq'])
        .map(({ _id, type, subject_id: subject, state }) => ({ id: String(_id), type, subject, state })),
    rows: async (name) =>
      (await all(name)).map((row) => ({
        id: String(row['_id']),
        status: row['status'] ?? null,
        amount: row['amount'] ?? null,
      })),
    effects: async () =>
      (await all('kill_effect')).map((row) => ({
        key: String(row['_id']),
        eventId: row['event_id'],
        times: row['times'],
      })),
    carriers: (name) => db.collection(name).countDocuments({ pending_events: { $exists: true } }),
    open: () =>
      db
        .collection('app_due_event_effects')
        .find({ state: { $ne: 'done' } })
        .toArray(),
    endLeases: async (table = 'event_effects', until = new Date()) =>
      void (await db
        .collection(`app_due_${table}`)
        .updateMany({ state: 'leased', state_at: { $lte: endOf(until) } }, { $set: { state_at: new Date() } })),
    close: async () => {
      setDatabase(undefined);
      await client.close();
    },
  };
}

/** When a lease ends that was taken then. */
const endOf = (taken: Date): Date => new Date(taken.getTime() + DUE_DEFAULTS.leaseMs);

function use(opened: Database): void {
  process.env['DATABASE_URI'] ??= 'postgres://127.0.0.1/unused';
  process.env['LOG_LEVEL'] ??= 'silent';
  setDatabase(opened);
}
