import type { Db, MongoClient } from 'mongodb';
import type { Pool, PoolClient } from 'pg';

export interface PostgresDatabase {
  kind: 'postgres';
  pool: Pool;
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

/** Runs `work` in one transaction: committed when it returns, rolled back when it throws. */
export async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let failure: Error | undefined;
  // The server may end the session between two statements: the next one fails then, and that is enough.
  const ignore = (): void => undefined;
  client.on('error', ignore);
  try {
    await client.query(`begin; set local idle_in_transaction_session_timeout = '${IDLE_LIMIT}'`);
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    failure = error as Error;
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    client.off('error', ignore);
    // A connection whose rollback may have failed must not be handed out again.
    client.release(failure && isBroken(failure) ? failure : undefined);
  }
}

function isBroken(error: Error & { code?: string }): boolean {
  return error.code === undefined || error.code.startsWith('08') || error.code.startsWith('57');
}
