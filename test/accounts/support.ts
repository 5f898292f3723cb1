import { createHash } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { Client } from 'pg';
import { api, testServer } from '../harness/app';

export const refresh = (refresh_token: string) => api('POST', '/api/auth/refresh', { body: { refresh_token } });
/** Status of a call that any living session may make. */
export const probe = async (token: string): Promise<number> => (await api('GET', '/api/users/me', { token })).status;

export interface TokenRow {
  family: string;
  used: boolean;
  revoked: boolean;
}

/** The stored rows of a person's refresh tokens. */
export async function refreshRows(userId: string): Promise<TokenRow[]> {
  return withDatabase({
    postgres: async (db) =>
      (
        await db.query<TokenRow>(
          'select family, used_at is not null as used, revoked_at is not null as revoked from "RefreshToken" where "user" = $1',
          [userId],
        )
      ).rows,
    mongo: async (db) =>
      (
        await db
          .collection('RefreshToken')
          .find({ _p_user: `_User$${userId}` })
          .toArray()
      ).map((row) => ({
        family: String(row['family']),
        used: row['used_at'] != null,
        revoked: row['revoked_at'] != null,
      })),
  });
}

export async function sessionCount(userId: string): Promise<number> {
  return withDatabase({
    postgres: async (db) =>
      Number((await db.query('select count(*) as n from "_Session" where "user" = $1', [userId])).rows[0].n),
    mongo: (db) => db.collection('_Session').countDocuments({ _p_user: `_User$${userId}` }),
  });
}

/** As if the token had been spent so many seconds earlier than it was. */
export async function backdateUse(refreshToken: string, seconds: number): Promise<void> {
  const hash = createHash('sha256').update(refreshToken).digest('hex');
  const usedAt = new Date(Date.now() - seconds * 1000);
  await withDatabase<unknown>({
    postgres: (db) => db.query('update "RefreshToken" set used_at = $2 where token_hash = $1', [hash, usedAt]),
    mongo: (db) => db.collection('RefreshToken').updateOne({ token_hash: hash }, { $set: { used_at: usedAt } }),
  });
}

export async function withDatabase<T>(work: {
  postgres: (db: Client) => Promise<T>;
  mongo: (db: ReturnType<MongoClient['db']>) => Promise<T>;
}): Promise<T> {
  const { databaseUri } = testServer();
  if (databaseUri.startsWith('mongodb')) {
    const client = await MongoClient.connect(databaseUri);
    return work.mongo(client.db()).finally(() => client.close());
  }
  const client = new Client({ connectionString: databaseUri });
  await client.connect();
  return work.postgres(client).finally(() => client.end());
}
