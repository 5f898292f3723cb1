import type { Collection, FindCursor } from 'mongodb';
import type { MongoDatabase } from '../database/database';
import type { SessionFacts, SessionKey, SessionStore } from './session.store.types';

interface SessionDocument {
  _id: string;
  _session_token: string;
  _p_user?: string;
  expiresAt?: Date;
  _created_at: Date;
  _updated_at: Date;
  createdWith?: { action?: string; authProvider?: string };
}
interface UserDocument {
  _id: string;
  status?: string;
  _p_tenant?: string;
}
interface JoinDocument {
  relatedId: string;
  owningId: string;
}

interface TenantDocument {
  _id: string;
  status?: string;
  rate_limit?: number;
}

const ID = { _id: 1, _session_token: 1 } as const;
const BATCH = 1000;

export function mongoSessions(database: MongoDatabase): SessionStore {
  const sessions = database.db.collection<SessionDocument>('_Session');
  return {
    find: async (by) => {
      const found = await sessions.findOne(
        'sessionId' in by ? { _id: by.sessionId } : { _session_token: by.sessionToken },
      );
      return found ? factsOf(database, found) : undefined;
    },
    insert: async ({ sessionId, sessionToken, userId, createdAt, expiresAt, action }) => {
      await sessions
        .updateOne(
          { _id: sessionId },
          {
            $setOnInsert: {
              _session_token: sessionToken,
              _p_user: `_User$${userId}`,
              expiresAt,
              createdWith: { action, authProvider: 'password' },
              _created_at: createdAt,
              _updated_at: createdAt,
            },
          },
          { upsert: true },
        )
        .catch(ignoreDuplicate);
    },
    ofUser: (userId) => keysOf(sessions, { _p_user: `_User$${userId}` }),
    ofTenant: (tenantId, exceptUserIds) => keysOfTenant(database, tenantId, exceptUserIds),
    withIds: (sessionIds) => keysOf(sessions, { _id: { $in: [...sessionIds] } }),
    remove: async (sessionIds) => {
      await sessions.deleteMany({ _id: { $in: [...sessionIds] } });
    },
    loggedInAt: async (sessionId) => {
      const found = await sessions.findOne({ _id: sessionId });
      // Parse names no action for the session that follows a new password.
      const action = found?.createdWith?.action ?? 'login';
      return action === 'login' || action === 'signup' ? found?._created_at : undefined;
    },
    limit: async (sessionId, expiresAt) => {
      await sessions.updateOne({ _id: sessionId }, { $min: { expiresAt } });
    },
    removeExpired: async (before) => (await sessions.deleteMany({ expiresAt: { $lt: before } })).deletedCount,
    ensureIndexes: async () => {
      await sessions.createIndex({ _session_token: 1 }, { name: 'session_token' });
      await sessions.createIndex({ _p_user: 1 }, { name: 'session_user' });
      await database.db
        .collection('_Join:users:_Role')
        .createIndex({ relatedId: 1, owningId: 1 }, { name: 'member_role' });
    },
  };
}

async function keysOf(
  sessions: Collection<SessionDocument>,
  where: Parameters<Collection<SessionDocument>['find']>[0],
): Promise<SessionKey[]> {
  const rows = await sessions.find(where ?? {}, { projection: ID }).toArray();
  return rows.map((row) => ({ sessionId: row._id, sessionToken: row._session_token }));
}

async function keysOfTenant(
  { db }: MongoDatabase,
  tenantId: string,
  exceptUserIds: readonly string[],
): Promise<SessionKey[]> {
  const people = db
    .collection<UserDocument>('_User')
    .find({ _p_tenant: `Tenant$${tenantId}`, _id: { $nin: [...exceptUserIds] } }, { projection: { _id: 1 } });
  const keys: SessionKey[] = [];
  for (let ids = await nextIds(people); ids.length; ids = await nextIds(people)) {
    keys.push(...(await keysOf(db.collection('_Session'), { _p_user: { $in: ids.map((id) => `_User$${id}`) } })));
  }
  return keys;
}

/** A tenant may have more people than fit into one query. */
async function nextIds(people: FindCursor<UserDocument>): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < BATCH && (await people.hasNext())) ids.push((await people.next())!._id);
  return ids;
}

async function factsOf({ db }: MongoDatabase, session: SessionDocument): Promise<SessionFacts | undefined> {
  const userId = session._p_user?.split('$')[1];
  if (!userId) return undefined;
  const [user, joins] = await Promise.all([
    db.collection<UserDocument>('_User').findOne({ _id: userId }, { projection: { status: 1, _p_tenant: 1 } }),
    db.collection<JoinDocument>('_Join:users:_Role').find({ relatedId: userId }).toArray(),
  ]);
  if (!user) return undefined;
  const tenantId = user._p_tenant?.split('$')[1];
  const [roles, member, tenant] = await Promise.all([
    joins.length
      ? db
          .collection<{ _id: string; name: string }>('_Role')
          .find({ _id: { $in: joins.map((join) => join.owningId) } }, { projection: { name: 1 } })
          .toArray()
      : [],
    user._p_tenant
      ? db
          .collection<{ role?: string }>('TenantMember')
          .findOne({ _p_tenant: user._p_tenant, _p_user: `_User$${userId}` }, { projection: { role: 1 } })
      : null,
    tenantId
      ? db.collection<TenantDocument>('Tenant').findOne({ _id: tenantId }, { projection: { status: 1, rate_limit: 1 } })
      : null,
  ]);
  return {
    sessionId: session._id,
    sessionToken: session._session_token,
    expiresAt: session.expiresAt,
    userId,
    userStatus: user.status,
    tenantId,
    roleNames: roles.map((role) => role.name),
    tenantRole: member?.role,
    tenantStatus: tenant?.status,
    tenantRateLimit: tenant?.rate_limit ?? undefined,
  };
}

/** Two upserts of one id at once: the loser hears 11000 although its wish came true. */
function ignoreDuplicate(error: unknown): void {
  if ((error as { code?: unknown }).code !== 11000) throw error;
}
