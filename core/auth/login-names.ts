import type { Collection } from 'mongodb';
import { database, inTransaction, type MongoDatabase, type PostgresDatabase } from '../database/database';
import { log } from '../log';
import { nameKey } from './names';

/**
 * Where an account's {@link nameKey} is kept, unique: beside Parse's schema and under a name that no field of Parse
 * can have, so that no door reads, asks for or writes it. The guard of core/parse/login-names writes it with the name.
 */
export const NAME_KEY = 'name-key';
/** Its index. */
export const NAME_INDEX = '_User_name_key';

/** The names that an account signs in with, as they are stored. */
export interface LoginNames {
  username: string;
  email: string | undefined;
}

interface UserDocument {
  _id: string;
  username?: string;
  email?: string;
  [NAME_KEY]?: string;
}

/** The account that this text signs in to: the very name or address before another spelling of it. */
export async function accountNamed(text: string): Promise<LoginNames | undefined> {
  const key = nameKey(text);
  const db = database();
  const found = db.kind === 'postgres' ? await namedInPostgres(db, text, key) : await namedInMongo(db, text, key);
  const rank = ({ username, email }: LoginNames): number => (username === text ? 0 : email === text ? 1 : 2);
  return found.sort((one, other) => rank(one) - rank(other))[0];
}

async function namedInPostgres({ pool }: PostgresDatabase, text: string, key: string): Promise<LoginNames[]> {
  const { rows } = await pool.query<{ username: string; email: string | null }>(
    `select username, email from "_User"
     where username is not null and (username = $1 or email = $1 or "${NAME_KEY}" = $2 or email = $2)`,
    [text, key],
  );
  return rows.map(({ username, email }) => ({ username, email: email ?? undefined }));
}

async function namedInMongo(db: MongoDatabase, text: string, key: string): Promise<LoginNames[]> {
  const rows = await usersOf(db)
    .find({ $or: [{ username: text }, { email: text }, { [NAME_KEY]: key }, { email: key }] })
    .project<UserDocument>({ username: 1, email: 1 })
    .toArray();
  return rows.flatMap(({ username, email }) => (username === undefined ? [] : { username, email }));
}

const BATCH = 1000;

/**
 * Makes the column and its index, and keys for accounts from before there were any. Of those whose names were let in
 * as different ones, one gets the key; the others go on signing in with the very text of their names. Idempotent.
 */
export async function ensureLoginNames(): Promise<void> {
  const db = database();
  if (db.kind === 'postgres') {
    await addColumn(db);
  } else {
    await usersOf(db).createIndex({ [NAME_KEY]: 1 }, { name: NAME_INDEX, unique: true, sparse: true });
  }
  let without = 0;
  for (let batch = await unkeyed(db, ''); batch.length; batch = await unkeyed(db, batch.at(-1)!.id)) {
    const first = new Map(batch.map(({ id, username }) => [nameKey(username), id]));
    without += batch.length - (await setKeys(db, first));
  }
  if (without) log().warn({ accounts: without }, 'Accounts have the name of another one in another spelling.');
}

async function addColumn({ pool }: PostgresDatabase): Promise<void> {
  const { rows } = await pool.query('select 1 from pg_indexes where tablename = $1 and indexname = $2', [
    '_User',
    NAME_INDEX,
  ]);
  if (rows.length) return;
  await inTransaction(pool, async (client) => {
    // Two processes that boot at once would race on "if not exists".
    await client.query('select pg_advisory_xact_lock(4712)');
    await client.query(`alter table "_User" add column if not exists "${NAME_KEY}" text`);
    await client.query(`create unique index if not exists "${NAME_INDEX}" on "_User" ("${NAME_KEY}")`);
  });
}

interface Unkeyed {
  id: string;
  username: string;
}

async function unkeyed(db: PostgresDatabase | MongoDatabase, afterId: string): Promise<Unkeyed[]> {
  if (db.kind === 'postgres') {
    const { rows } = await db.pool.query<Unkeyed>(
      `select "objectId" as id, username from "_User"
       where "objectId" > $1 and username is not null and "${NAME_KEY}" is null order by 1 limit ${BATCH}`,
      [afterId],
    );
    return rows;
  }
  const rows = await usersOf(db)
    .find({ _id: { $gt: afterId }, username: { $type: 'string' }, [NAME_KEY]: { $exists: false } })
    .sort({ _id: 1 })
    .limit(BATCH)
    .toArray();
  return rows.map(({ _id, username }) => ({ id: _id, username: username! }));
}

/** How many were free. */
async function setKeys(db: PostgresDatabase | MongoDatabase, idOf: ReadonlyMap<string, string>): Promise<number> {
  if (db.kind === 'postgres') {
    const { rowCount } = await db.pool.query(
      `update "_User" u set "${NAME_KEY}" = given.key from unnest($1::text[], $2::text[]) as given (key, id)
       where u."objectId" = given.id and not exists (select 1 from "_User" o where o."${NAME_KEY}" = given.key)`,
      [[...idOf.keys()], [...idOf.values()]],
    );
    return rowCount ?? 0;
  }
  const writes = [...idOf].map(([key, _id]) => ({
    updateOne: { filter: { _id, [NAME_KEY]: { $exists: false } }, update: { $set: { [NAME_KEY]: key } } },
  }));
  try {
    return (await usersOf(db).bulkWrite(writes, { ordered: false })).modifiedCount;
  } catch (error) {
    const { code, result } = error as { code?: unknown; result?: { modifiedCount?: number } };
    if (code !== 11000) throw error;
    return result?.modifiedCount ?? 0;
  }
}

const usersOf = ({ db }: MongoDatabase): Collection<UserDocument> => db.collection<UserDocument>('_User');
