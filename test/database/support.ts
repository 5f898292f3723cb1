import { randomUUID } from 'node:crypto';
import { database } from '../../core/database/database';
import { closeDatabase, openDatabase } from '../../core/database/open';
import { testServer } from '../harness/app';

export const fresh = (prefix: string): string => `${prefix}_${randomUUID().replaceAll('-', '').slice(0, 12)}`;

/** The database of the server under test, past its doors. */
export async function openLane(): Promise<() => Promise<void>> {
  const { databaseUri: uri, redisUrl } = testServer();
  process.env['DATABASE_URI'] ??= uri;
  if (redisUrl) process.env['REDIS_URL'] ??= redisUrl;
  const opened = await openDatabase({
    kind: uri.startsWith('mongodb') ? 'mongo' : 'postgres',
    uri,
    patienceMs: 10_000,
    loads: 1,
  });
  return () => closeDatabase(opened);
}

/** A table for one test file; MongoDB makes the collection by itself. */
export async function makeTable(name: string, columns: string, uniqueOnMongo: Record<string, 1> = {}): Promise<void> {
  const db = database();
  if (db.kind === 'postgres') await db.pool.query(`create table app.${name} (${columns})`);
  else if (Object.keys(uniqueOnMongo).length)
    await db.db
      .collection(`app_${name}`)
      .createIndex(uniqueOnMongo, { name: `${name}_unique`, unique: true, sparse: true });
}
