import type { Pool, PoolClient } from 'pg';

export async function markWith(
  client: Pool | PoolClient,
  tenantId: string,
  days: readonly string[],
  isSettled: boolean,
): Promise<void> {
  if (!days.length) return;
  await client.query('insert into app.dirty_day (tenant, day, is_settled) select $1, unnest($2::date[]), $3', [
    tenantId,
    [...new Set(days)],
    isSettled,
  ]);
}

/** Tenants with a mark not folded yet, or with a kept one whose time has come. */
export async function tenantsWithMarks(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ tenant: string }>(
    `select distinct tenant from app.dirty_day
     where not is_folded or marked_at < clock_timestamp() - interval '60 seconds'`,
  );
  return rows.map((row) => row.tenant);
}

export async function markedDays(pool: Pool, tenantId: string): Promise<string[]> {
  const { rows } = await pool.query<{ day: string }>(
    'select distinct day::text as day from app.dirty_day where tenant = $1',
    [tenantId],
  );
  return rows.map((row) => row.day);
}
