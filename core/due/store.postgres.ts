import type { Pool, PoolClient } from 'pg';
import { classOf } from './classes';
import type { BuriedRef, DueStore, FoundRow, Lane, LeasedRow } from './due.types';

type Row = Record<string, unknown>;
type Sql = (text: string, values: unknown[]) => Promise<{ rows: Row[]; rowCount: number | null }>;

const ROW = `key, tenant, rank, due_at as "dueAt", attempts, payload`;

export function postgresDueStore(pool: Pool, name: string): DueStore {
  const table = `app.due_${name}`;
  // Each text is planned once a connection: planning would cost more than running.
  const sql: Sql = (text, values) => pool.query<Row>({ name: `${name} ${hash(text)}`, text, values });
  const changed = async (text: string, values: unknown[]): Promise<number> => (await sql(text, values)).rowCount ?? 0;

  return {
    insert: async (rows, client?: PoolClient) => {
      // In the order of their keys: two who insert the same rows wait for each other in one direction only.
      const sorted = [...rows].sort((a, b) => (a.key < b.key ? -1 : 1));
      const { rowCount } = await (client ?? pool).query(
        `insert into ${table} (key, tenant, rank, due_at, state, state_at, payload)
         select key, tenant, rank, due_at, case when ready then 'ready' else 'waiting' end, case when ready then null else due_at end, payload
         from unnest($1::text[], $2::text[], $3::smallint[], $4::timestamptz[], $5::boolean[], $6::jsonb[])
           as new (key, tenant, rank, due_at, ready, payload)
         on conflict (key) do nothing`,
        [
          sorted.map(({ key }) => key),
          sorted.map(({ tenant }) => tenant),
          sorted.map(({ rank }) => rank),
          sorted.map(({ dueAt }) => dueAt),
          sorted.map(({ isReady }) => isReady),
          sorted.map(({ payload }) => JSON.stringify(payload)),
        ],
      );
      return rowCount ?? 0;
    },

    promote: (now, limit) =>
      changed(
        `update ${table} set state = 'ready', state_at = null, token = null where key = any (array(
           select key from ${table} where state in ('waiting', 'leased') and state_at <= $1 limit $2 for update skip locked))
         and state in ('waiting', 'leased')`,
        [now, limit],
      ),

    lanes: async (after, limit) => {
      const { rows } = await sql(lanesSql(table), [after, limit]);
      return rows as unknown as Lane[];
    },

    take: async (shares, { token, until }) => {
      const { rows } = await sql(
        `with share as (select * from unnest($1::smallint[], $2::text[], $3::int[]) as s (rank, tenant, want)),
         picked as (select p.key from share s cross join lateral (
           select key from ${table} d where d.state = 'ready' and d.rank = s.rank and d.tenant = s.tenant
           order by d.due_at limit s.want for update skip locked) p)
         update ${table} set state = 'leased', state_at = $4, token = $5, attempts = attempts + 1
         where key = any (array(select key from picked)) and state = 'ready'
         returning ${ROW}, token`,
        [
          shares.map(({ rank }) => rank),
          shares.map(({ tenant }) => tenant),
          shares.map(({ want }) => want),
          until,
          token,
        ],
      );
      return rows.map(withClass) as unknown as LeasedRow[];
    },

    settle: (settlements, now) =>
      changed(
        `update ${table} d set state = s.state, state_at = s.at, token = null,
           attempts = d.attempts - s.free, error = coalesce(s.error, case when s.state = 'done' then null else d.error end)
         from unnest($1::text[], $2::uuid[], $3::text[], $4::timestamptz[], $5::int[], $6::jsonb[])
           as s (key, token, state, at, free, error)
         where d.key = s.key and d.token = s.token and d.state = 'leased' and d.state_at > $7`,
        [
          settlements.map(({ key }) => key),
          settlements.map(({ token }) => token),
          settlements.map(({ outcome }) => (outcome === 'postponed' ? 'waiting' : outcome)),
          settlements.map((settlement) => (settlement.outcome === 'postponed' ? settlement.at : now)),
          settlements.map((settlement) => (settlement.outcome === 'postponed' && settlement.isFree ? 1 : 0)),
          settlements.map((settlement) =>
            'error' in settlement && settlement.error ? JSON.stringify(settlement.error) : null,
          ),
          now,
        ],
      ),

    renew: (rows, now, until) =>
      changed(
        `update ${table} d set state_at = $4 from unnest($1::text[], $2::uuid[]) as s (key, token)
         where d.key = s.key and d.token = s.token and d.state = 'leased' and d.state_at > $3`,
        [rows.map(({ key }) => key), rows.map(({ token }) => token), now, until],
      ),

    cancel: (keys, now) =>
      changed(
        `update ${table} set state = 'cancelled', state_at = $2 where key = any ($1) and state in ('waiting', 'ready')`,
        [keys, now],
      ),

    revive: (keys, now) =>
      changed(
        `update ${table} set state = 'ready', state_at = null, due_at = $2, attempts = 0
         where key = any ($1) and state = 'buried'`,
        [keys, now],
      ),

    reviveBuried: (until, now, limit) =>
      changed(
        `update ${table} set state = 'ready', state_at = null, due_at = $2, attempts = 0 where key = any (array(
           select key from ${table} where state = 'buried' and state_at <= $1 order by state_at limit $3
           for update skip locked))
         and state = 'buried'`,
        [until, now, limit],
      ),

    buried: async ({ skip, limit }) => {
      const { rows } = await sql(
        `select key, state_at as at from ${table} where state = 'buried' order by state_at desc, key desc
         offset $1 limit $2`,
        [skip, limit],
      );
      return rows as unknown as BuriedRef[];
    },

    nextAt: async (now) => {
      const { rows } = await sql(
        `select case when exists (select 1 from ${table} where state = 'ready') then $1::timestamptz else least(
           (select min(state_at) from ${table} where state = 'waiting'),
           (select min(state_at) from ${table} where state = 'leased')) end as at`,
        [now],
      );
      return (rows[0] as unknown as { at: Date | null }).at ?? undefined;
    },

    count: async (state, limit) => {
      // The state is part of the text: a plan for any state could not use the index of the ready ones.
      const { rows } = await sql(
        `select count(*)::int as count from (select from ${table} where state = '${state}' limit $1) as counted`,
        [limit],
      );
      return (rows[0] as unknown as { count: number }).count;
    },

    busiest: async (limit) => {
      const { rows } = await sql(
        `select tenant, count(*)::int as count from ${table} where state in ('waiting', 'ready', 'leased')
         group by tenant order by count desc, tenant limit $1`,
        [limit],
      );
      return rows as unknown as { tenant: string; count: number }[];
    },

    find: async (key) => {
      const { rows } = await sql(`select ${ROW}, state, error from ${table} where key = $1`, [key]);
      return rows[0] && (withClass(rows[0]) as unknown as FoundRow);
    },

    trim: (before, limit) =>
      changed(
        `delete from ${table} where key = any (array(
           select key from ${table} where (state in ('done', 'cancelled') and state_at < $1)
             or (state = 'buried' and state_at < $2) limit $3))
         and state in ('done', 'cancelled', 'buried')`,
        [before.done, before.buried, limit],
      ),
  };
}

/** Steps from tenant to tenant in the index instead of reading the rows of each. */
function lanesSql(table: string): string {
  const next = (than: string): string =>
    `(select d.tenant from ${table} d where d.state = 'ready' and d.rank = c.rank and ${than} order by d.tenant limit 1)`;
  const walk = (first: string, condition: string): string =>
    `(with recursive walk (tenant, n) as (
       select ${first}, 1
       union all
       select ${next('d.tenant > w.tenant')}, w.n + 1 from walk w where w.tenant is not null and w.n < $2)
     select tenant from walk where ${condition})`;
  return `select c.rank, l.tenant from (select a.place::smallint - 1::smallint as rank, a.after from unnest($1::text[]) with ordinality as a (after, place)) c
    cross join lateral (
      select tenant from (
        ${walk(next('d.tenant > c.after'), 'tenant is not null')}
        union all
        ${walk(next('d.tenant <= c.after'), 'tenant is not null and tenant <= c.after')}) both_ways
      limit $2) l`;
}

function withClass({ rank, ...row }: Row): object {
  return { ...row, class: classOf(rank as number) };
}

/** A name of a prepared statement for a text that differs by the table alone. */
function hash(text: string): string {
  let sum = 0;
  for (let index = 0; index < text.length; index += 1) sum = (sum * 31 + text.charCodeAt(index)) | 0;
  return (sum >>> 0).toString(36);
}
