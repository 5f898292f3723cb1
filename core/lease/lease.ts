import { randomUUID } from 'node:crypto';
import { database } from '../database/database';
import { AppError } from '../errors';
import type { TableDefinition } from '../schema/table-definition';

/** Named locks that outlive a statement and a process: held by a row, freed by time when the holder dies. */
export const leaseTable: TableDefinition = {
  name: 'lease',
  postgres: [
    'create table if not exists app.lease (name text primary key, holder text not null, expires_at timestamptz not null)',
  ],
  mongo: [],
};

export interface LeaseOptions {
  /** For how long the lease holds when nobody releases it, milliseconds. */
  holdMs: number;
  /** How long to wait for another holder, milliseconds. */
  waitMs: number;
  /** The same holder may take it again. @defaultValue a new one */
  holder?: string;
}

const POLL_MS = 25;

/**
 * Waits for the lease and takes it; returns the holder's name for {@link releaseLease}.
 * @throws AppError CONFLICT when another holder keeps it longer than `waitMs`
 */
export async function takeLease(name: string, options: LeaseOptions): Promise<string> {
  const holder = options.holder ?? randomUUID();
  const deadline = Date.now() + options.waitMs;
  while (!(await tryTake(name, holder, options.holdMs))) {
    if (Date.now() > deadline) throw new AppError('CONFLICT', 'Somebody else is changing this; try again.');
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return holder;
}

/** Frees it when `holder` still has it. */
export async function releaseLease(name: string, holder: string): Promise<void> {
  const db = database();
  if (db.kind === 'postgres') {
    await db.pool.query('delete from app.lease where name = $1 and holder = $2', [name, holder]);
    return;
  }
  await db.db.collection<LeaseDocument>('app_lease').deleteOne({ _id: name, holder });
}

/** Runs `work` while holding the lease. */
export async function withLease<T>(name: string, options: LeaseOptions, work: () => Promise<T>): Promise<T> {
  const holder = await takeLease(name, options);
  try {
    return await work();
  } finally {
    await releaseLease(name, holder);
  }
}

interface LeaseDocument {
  _id: string;
  holder: string;
  expires_at: Date;
}

async function tryTake(name: string, holder: string, holdMs: number): Promise<boolean> {
  const db = database();
  if (db.kind === 'postgres') {
    const { rowCount } = await db.pool.query(
      `insert into app.lease (name, holder, expires_at) values ($1, $2, now() + $3 * interval '1 millisecond')
       on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at
       where lease.expires_at < now() or lease.holder = excluded.holder`,
      [name, holder, holdMs],
    );
    return rowCount === 1;
  }
  const now = Date.now();
  try {
    const leases = db.db.collection<LeaseDocument>('app_lease');
    // No match with a row in place means that somebody holds it: the upsert's insert then collides.
    await leases.updateOne(
      { _id: name, $or: [{ expires_at: { $lt: new Date(now) } }, { holder }] },
      { $set: { holder, expires_at: new Date(now + holdMs) } },
      { upsert: true },
    );
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === 11000) return false;
    throw error;
  }
}
