import type { Db, MongoClient } from 'mongodb';
import type { Pool, PoolClient } from 'pg';
import type { AppError } from '../errors';
import { isConnectionLost } from './outages';
import type { DatabaseWatch } from './watch';

export interface PostgresDatabase {
  kind: 'postgres';
  pool: Pool;
  /** For what keeps a connection from beginning to end (`loads.ts`); absent where nobody loads. */
  loads?: Pool;
  /** Absent where nobody serves requests. */
  watch?: DatabaseWatch;
}

export interface MongoDatabase {
  kind: 'mongo';
  client: MongoClient;
  db: Db;
}

export type Database = PostgresDatabase | MongoDatabase;

let current: Database | undefined;

/** The process's own handle, beside Parse Server's; stores choose their dialect by its `kind`. */
export function database(): Database {
  if (!current) throw new Error('The database is not open yet.');
  return current;
}

export function setDatabase(opened: Database | undefined): void {
  current = opened;
}

/** A process that stands still within a transaction must not hold its locks until it is woken. */
export const IDLE_LIMIT = '10s';

/** Why PostgreSQL need not be asked at all, also by pools that are not ours; undefined while it answers. */
export const databaseRefusal = (): AppError | undefined =>
  current?.kind === 'postgres' ? current.watch?.refusal() : undefined;

/** Runs `work` in one transaction: committed when it returns, rolled back when it throws. */
export async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await begin(pool);
  let failure: Error | undefined;
  try {
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    failure = error as Error;
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    // A connection whose rollback may have failed must not be handed out again.
    client.release(failure && isBroken(failure) ? failure : undefined);
  }
}

/** A connection that ended while it was idle is found out here, where nothing is lost yet: another one is taken. */
async function begin(pool: Pool, isLastTry = false): Promise<PoolClient> {
  const client = await pool.connect();
  try {
    await client.query(`begin; set local idle_in_transaction_session_timeout = '${IDLE_LIMIT}'`);
    return client;
  } catch (error) {
    client.release(error as Error);
    if (isLastTry || !isConnectionLost(error)) throw error;
    return begin(pool, true);
  }
}

function isBroken(error: Error & { code?: string }): boolean {
  return error.code === undefined || error.code.startsWith('08') || error.code.startsWith('57');
}
