import type { PostgresDatabase } from '../../core/database/database';
import { refreshTokenHash } from '../../core/auth/tokens';
import type { FamiliesBy, RefreshRow, RefreshStore } from './refresh.store.types';

const COLUMNS = `"objectId" as id, "user" as "userId", family, session_id as "sessionId",
  expires_at as "expiresAt", used_at as "usedAt", revoked_at as "revokedAt"`;

type Row = Omit<RefreshRow, 'usedAt' | 'revokedAt'> & { usedAt: Date | null; revokedAt: Date | null };

export function postgresRefreshTokens({ pool }: PostgresDatabase): RefreshStore {
  return {
    async findByHash(tokenHash) {
      const { rows } = await pool.query<Row>(`select ${COLUMNS} from "RefreshToken" where token_hash = $1`, [
        tokenHash,
      ]);
      return rows[0] && toRow(rows[0]);
    },
    async consume(tokenHash, now) {
      const { rows } = await pool.query<Row>(
        `update "RefreshToken" set used_at = $2, "updatedAt" = $2
         where token_hash = $1 and used_at is null and revoked_at is null and expires_at > $2 returning ${COLUMNS}`,
        [tokenHash, now],
      );
      return rows[0] && toRow(rows[0]);
    },
    async insert(row) {
      await pool.query(
        `insert into "RefreshToken" ("objectId", "createdAt", "updatedAt", "user", family, token_hash, session_id, session_hash, expires_at, _rperm, _wperm)
         values ($1, $2, $2, $3, $4, $5, $6, $7, $8, '{}', '{}') on conflict do nothing`,
        [
          ...[row.id, row.createdAt, row.userId, row.family, row.tokenHash],
          ...[row.sessionId, refreshTokenHash(row.sessionToken), row.expiresAt],
        ],
      );
    },
    async revoke(families, now) {
      const { rowCount } = await pool.query(
        `update "RefreshToken" set revoked_at = $2, "updatedAt" = $2 where family = any($1) and revoked_at is null`,
        [families, now],
      );
      return rowCount ?? 0;
    },
    async sessionIdsOf(families) {
      const { rows } = await pool.query<{ id: string }>(
        'select distinct session_id as id from "RefreshToken" where family = any($1)',
        [families],
      );
      return rows.map((row) => row.id);
    },
    async familiesOf(by) {
      const [column, values] = conditionOf(by);
      const { rows } = await pool.query<{ family: string }>(
        `select distinct family from "RefreshToken" where ${column} = any($1) and revoked_at is null`,
        [values],
      );
      return rows.map((row) => row.family);
    },
    async removeOf(userId) {
      await pool.query('delete from "RefreshToken" where "user" = $1', [userId]);
    },
    async removeExpired(before) {
      const { rowCount } = await pool.query('delete from "RefreshToken" where expires_at < $1', [before]);
      return rowCount ?? 0;
    },
  };
}

function conditionOf(by: FamiliesBy): [column: string, values: readonly string[]] {
  if ('userId' in by) return ['"user"', [by.userId]];
  if ('sessionIds' in by) return ['session_id', by.sessionIds];
  return ['session_hash', [refreshTokenHash(by.sessionToken)]];
}

function toRow(row: Row): RefreshRow {
  return { ...row, usedAt: row.usedAt ?? undefined, revokedAt: row.revokedAt ?? undefined };
}
