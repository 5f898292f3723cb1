import { database } from '../../core/database/database';

interface AnonymousDocument {
  _id: string;
  _created_at: Date;
}

export interface AnonymousAccount {
  id: string;
  /** It logs in with a provider besides. */
  hasProvider: boolean;
}

/** Accounts without a password that were made anonymous before `date`, in the order of their ids, behind `afterId`. */
export async function anonymousBefore(date: Date, afterId: string, limit: number): Promise<AnonymousAccount[]> {
  const db = database();
  if (db.kind === 'postgres') {
    const { rows } = await db.pool.query<AnonymousAccount>(
      `select "objectId" as id, (select count(*) from jsonb_object_keys("authData")) > 1 as "hasProvider" from "_User"
       where "createdAt" < $1 and "objectId" > $2 and _hashed_password is null and jsonb_exists("authData", 'anonymous')
       order by 1 limit $3`,
      [date, afterId, limit],
    );
    return rows;
  }
  const found = await db.db
    .collection<AnonymousDocument>('_User')
    .find({
      _id: { $gt: afterId },
      _created_at: { $lt: date },
      _auth_data_anonymous: { $exists: true },
      _hashed_password: { $exists: false },
    } as never)
    .sort({ _id: 1 })
    .limit(limit)
    .toArray();
  return found.map((row) => ({
    id: row._id,
    hasProvider: Object.keys(row).filter((name) => name.startsWith('_auth_data_')).length > 1,
  }));
}
