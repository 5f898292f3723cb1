import type { PostgresDatabase } from '../database/database';
import type { NewSession, SessionFacts, SessionKey, SessionStore } from './session.store.types';

const FIND = (column: 'objectId' | 'sessionToken'): string => `
  select s."objectId" as "sessionId", s."sessionToken", s."expiresAt", u."objectId" as "userId",
         u.status as "userStatus", u.tenant as "tenantId",
         array(select r.name from "_Join:users:_Role" j join "_Role" r on r."objectId" = j."owningId"
               where j."relatedId" = u."objectId") as "roleNames",
         (select m.role from "TenantMember" m where m.tenant = u.tenant and m."user" = u."objectId" limit 1) as "tenantRole",
         t.status as "tenantStatus", t.rate_limit as "tenantRateLimit"
  from "_Session" s join "_User" u on u."objectId" = s."user" left join "Tenant" t on t."objectId" = u.tenant
  where s."${column}" = $1`;
const FIND_BY_ID = FIND('objectId');
const FIND_BY_TOKEN = FIND('sessionToken');

interface Row {
  sessionId: string;
  sessionToken: string;
  expiresAt: Date | null;
  userId: string;
  userStatus: string | null;
  tenantId: string | null;
  roleNames: string[];
  tenantRole: string | null;
  tenantStatus: string | null;
  tenantRateLimit: number | null;
}

export function postgresSessions({ pool }: PostgresDatabase): SessionStore {
  return {
    async find(by) {
      const [text, value] = 'sessionId' in by ? [FIND_BY_ID, by.sessionId] : [FIND_BY_TOKEN, by.sessionToken];
      const { rows } = await pool.query<Row>({
        name: `auth-${text === FIND_BY_ID ? 'id' : 'token'}`,
        text,
        values: [value],
      });
      return rows[0] && toFacts(rows[0]);
    },
    insert: (row) => insert(pool, row),
    async ofUser(userId) {
      const { rows } = await pool.query<SessionKey>(
        'select "objectId" as "sessionId", "sessionToken" from "_Session" where "user" = $1',
        [userId],
      );
      return rows;
    },
    async ofTenant(tenantId, exceptUserIds) {
      const { rows } = await pool.query<SessionKey>(
        `select s."objectId" as "sessionId", s."sessionToken" from "_Session" s
         join "_User" u on u."objectId" = s."user" where u.tenant = $1 and u."objectId" <> all($2)`,
        [tenantId, exceptUserIds],
      );
      return rows;
    },
    async withIds(sessionIds) {
      const { rows } = await pool.query<SessionKey>(
        'select "objectId" as "sessionId", "sessionToken" from "_Session" where "objectId" = any($1)',
        [sessionIds],
      );
      return rows;
    },
    async remove(sessionIds) {
      await pool.query('delete from "_Session" where "objectId" = any($1)', [sessionIds]);
    },
    async loggedInAt(sessionId) {
      // Parse names no action for the session that follows a new password.
      const { rows } = await pool.query<{ at: Date }>(
        `select "createdAt" as at from "_Session" where "objectId" = $1
         and coalesce("createdWith"->>'action', 'login') in ('login', 'signup')`,
        [sessionId],
      );
      return rows[0]?.at;
    },
    async limit(sessionId, expiresAt) {
      await pool.query('update "_Session" set "expiresAt" = least("expiresAt", $2) where "objectId" = $1', [
        sessionId,
        expiresAt,
      ]);
    },
    async removeExpired(before) {
      const { rowCount } = await pool.query('delete from "_Session" where "expiresAt" < $1', [before]);
      return rowCount ?? 0;
    },
    async ensureIndexes() {
      await pool.query('create index if not exists "_session_sessiontoken" on "_Session" ("sessionToken")');
      await pool.query('create index if not exists "_session_user" on "_Session" ("user")');
    },
  };
}

async function insert(pool: PostgresDatabase['pool'], row: NewSession): Promise<void> {
  await pool.query(
    `insert into "_Session" ("objectId", "createdAt", "updatedAt", "user", "sessionToken", "expiresAt", "createdWith")
     values ($1, $2, $2, $3, $4, $5, $6) on conflict ("objectId") do nothing`,
    [
      row.sessionId,
      row.createdAt,
      row.userId,
      row.sessionToken,
      row.expiresAt,
      { action: row.action, authProvider: 'password' },
    ],
  );
}

function toFacts(row: Row): SessionFacts {
  return {
    ...row,
    expiresAt: row.expiresAt ?? undefined,
    userStatus: row.userStatus ?? undefined,
    tenantId: row.tenantId ?? undefined,
    tenantRole: row.tenantRole ?? undefined,
    tenantStatus: row.tenantStatus ?? undefined,
    tenantRateLimit: row.tenantRateLimit ?? undefined,
  };
}
