import type { Pool, PoolClient } from 'pg';
import type { DayMarks, MarkedDay, TenantSettings } from '../analytics.store.types';

/** A mark is kept so long for one more fold: its write may commit as late as the longest request. */
const LONGEST_REQUEST = `interval '60 seconds'`;
const IS_DUE = `(not is_folded or marked_at < clock_timestamp() - ${LONGEST_REQUEST})`;

export async function markWith(
  client: Pool | PoolClient,
  tenantId: string,
  { days, isSettled, timeZone }: DayMarks,
): Promise<void> {
  if (!days.length) return;
  await client.query(
    'insert into app.dirty_day (tenant, day, is_settled, time_zone) select $1, unnest($2::date[]), $3, $4',
    // In their order, so that days side by side are folded together.
    [tenantId, [...new Set(days)].sort(), isSettled, timeZone ?? null],
  );
}

/** A day of another zone overlaps its neighbours in the tenant's: they are marked as well. */
export async function recountMarks(client: PoolClient, { id, timeZone }: TenantSettings): Promise<void> {
  await client.query(
    `with moved as (
       update app.dirty_day set time_zone = $2 where tenant = $1 and time_zone <> $2
       returning day, marked_at, is_settled, is_folded)
     insert into app.dirty_day (tenant, day, marked_at, is_settled, is_folded, time_zone)
     select $1, day + shift, marked_at, is_settled, is_folded, $2 from moved cross join (values (-1), (1)) near(shift)`,
    [id, timeZone],
  );
}

export async function tenantsWithMarks(pool: Pool): Promise<string[]> {
  const { rows } = await pool.query<{ tenant: string }>(`select distinct tenant from app.dirty_day where ${IS_DUE}`);
  return rows.map((row) => row.tenant);
}

/** The newest first; marks that wait for another fold after all others. */
export async function readMarkedDays(client: Pool | PoolClient, tenantId: string): Promise<MarkedDay[]> {
  const { rows } = await client.query<MarkedDay>(
    `select day::text as day, bool_or(${IS_DUE}) as "isDue" from app.dirty_day where tenant = $1
     group by day order by max(id) filter (where not is_folded) desc nulls last, day desc`,
    [tenantId],
  );
  return rows;
}

/**
 * Removes the marks of the days and keeps one a day of those that are young and not settled. The facts
 * are read by later statements, so they contain whatever committed with or before a mark that is seen here.
 */
export async function takeMarks(
  client: PoolClient,
  { id, timeZone }: TenantSettings,
  days: readonly string[],
): Promise<void> {
  await client.query(
    `with taken as (
       delete from app.dirty_day where tenant = $1 and day = any($2::date[]) returning day, marked_at, is_settled)
     insert into app.dirty_day (tenant, day, marked_at, is_folded, time_zone)
     select $1, day, max(marked_at), true, $3 from taken
     where not is_settled and marked_at >= clock_timestamp() - ${LONGEST_REQUEST} group by day`,
    [id, days, timeZone],
  );
}
