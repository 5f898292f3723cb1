import { database } from '../database/database';

/**
 * Whether the account's row is there. An erasure removes it first and then what belongs to it; who writes something
 * that ends with an account asks after the write, and removes it again where the row has gone. Whichever comes later,
 * the erasure or the question, sees what the other did: no lock, on both databases.
 */
export async function isAccountThere(userId: string): Promise<boolean> {
  const db = database();
  if (db.kind === 'postgres') {
    const { rowCount } = await db.pool.query('select 1 from "_User" where "objectId" = $1', [userId]);
    return Boolean(rowCount);
  }
  const found = await db.db.collection<{ _id: string }>('_User').findOne({ _id: userId }, { projection: { _id: 1 } });
  return found !== null;
}
