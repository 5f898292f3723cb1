import type { Filter } from 'mongodb';
import type { MongoDatabase } from '../../core/database/database';
import { refreshTokenHash } from '../../core/auth/tokens';
import type { FamiliesBy, RefreshRow, RefreshStore } from './refresh.store.types';

interface Document {
  _id: string;
  _p_user: string;
  family: string;
  token_hash: string;
  session_id: string;
  session_hash?: string;
  expires_at: Date;
  used_at?: Date;
  revoked_at?: Date;
  _created_at: Date;
  _updated_at: Date;
  _rperm: string[];
  _wperm: string[];
}

export function mongoRefreshTokens({ db }: MongoDatabase): RefreshStore {
  const tokens = db.collection<Document>('RefreshToken');
  const distinct = async (field: 'family' | 'session_id', where: Filter<Document>): Promise<string[]> =>
    tokens.distinct(field, where);
  return {
    findByHash: async (tokenHash) => toRow(await tokens.findOne({ token_hash: tokenHash })),
    consume: async (tokenHash, now) =>
      toRow(
        await tokens.findOneAndUpdate(
          // null matches an absent field, which is how Parse stores none.
          { token_hash: tokenHash, used_at: null, revoked_at: null, expires_at: { $gt: now } } as never,
          { $set: { used_at: now, _updated_at: now } },
          { returnDocument: 'after' },
        ),
      ),
    insert: async (row) => {
      const { id, userId, family, tokenHash, sessionId, sessionToken, createdAt, expiresAt } = row;
      const fields = {
        _p_user: `_User$${userId}`,
        family,
        token_hash: tokenHash,
        session_id: sessionId,
        session_hash: refreshTokenHash(sessionToken),
        expires_at: expiresAt,
        _created_at: createdAt,
        _updated_at: createdAt,
        _rperm: [],
        _wperm: [],
      };
      await tokens
        .updateOne({ _id: id }, { $setOnInsert: fields }, { upsert: true })
        .catch((error: { code?: unknown }) => {
          // Two upserts of one id at once: the loser hears 11000 although its wish came true.
          if (error.code !== 11000) throw error;
        });
    },
    revoke: async (families, now) => {
      const where = { family: { $in: [...families] }, revoked_at: null } as never;
      return (await tokens.updateMany(where, { $set: { revoked_at: now, _updated_at: now } })).modifiedCount;
    },
    sessionIdsOf: (families) => distinct('session_id', { family: { $in: [...families] } }),
    familiesOf: (by) => distinct('family', { ...conditionOf(by), revoked_at: null } as never),
    removeOf: async (userId) => {
      await tokens.deleteMany({ _p_user: `_User$${userId}` });
    },
    removeExpired: async (before) => (await tokens.deleteMany({ expires_at: { $lt: before } })).deletedCount,
  };
}

function conditionOf(by: FamiliesBy): object {
  if ('userId' in by) return { _p_user: `_User$${by.userId}` };
  if ('sessionIds' in by) return { session_id: { $in: [...by.sessionIds] } };
  return { session_hash: refreshTokenHash(by.sessionToken) };
}

function toRow(document: Document | null): RefreshRow | undefined {
  if (!document) return undefined;
  return {
    id: document._id,
    userId: document._p_user.split('$')[1] ?? '',
    family: document.family,
    sessionId: document.session_id,
    expiresAt: document.expires_at,
    usedAt: document.used_at ?? undefined,
    revokedAt: document.revoked_at ?? undefined,
  };
}
