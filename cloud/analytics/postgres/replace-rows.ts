import type { PoolClient, QueryResultRow } from 'pg';

export interface Replacement {
  /** Below schema `app`; its first key column is `tenant`. */
  table: string;
  /** Key columns after `tenant`. */
  key: readonly string[];
  values: readonly string[];
  /** Names the day that the ranges $3 and $4 are about. */
  dayColumn: string;
  /** Gives key and value columns; $1 is the tenant. */
  select: string;
  parameters: readonly unknown[];
  /** Columns of the rows that were removed (`gone`) and of those added or changed (`put`, with `is_new`), for `result`. */
  returning?: string;
  /** Ends the statement: further CTEs, each with a comma before it, and the select of what is wanted of `gone` and `put`. */
  result?: string;
}

/** Rows that were added, changed or removed. */
export const CHANGED = '((select count(*) from gone) + (select count(*) from put))::int as changed';

/**
 * Makes the derived rows of the ranges equal to what the select gives, touching only rows that
 * differ: a fold without news writes nothing.
 * The order of the key keeps the pages of its index warm: a third less time for a large fold.
 * @returns the row that `result` selects
 */
export async function replaceRows<Row extends QueryResultRow = { changed: number }>(
  client: PoolClient,
  {
    table,
    key,
    values,
    dayColumn,
    select,
    parameters,
    returning = 'tenant',
    result = `select ${CHANGED}`,
  }: Replacement,
): Promise<Row> {
  const columns = [...key, ...values].join(', ');
  const tuple = (source: string): string => values.map((column) => `${source}.${column}`).join(', ');
  const sameKey = key.map((column) => `n.${column} = o.${column}`).join(' and ');
  // Where the day is part of the key, a day without rows has none to meet.
  const isEmptyDay = key.includes(dayColumn) ? `${dayColumn} not in (select ${dayColumn} from old)` : 'false';
  const { rows } = await client.query<Row>(
    `with fresh as materialized (select ${columns} from (${select}) selected order by ${key.join(', ')}),
     old as materialized (
       select ${prefixed([...new Set([...key, dayColumn])].join(', '))}
       from (select unnest($3::date[]) as from_day, unnest($4::date[]) as to_day) r
       join app.${table} o on o.tenant = $1 and o.${dayColumn} between r.from_day and r.to_day),
     -- A set operation, because it is hashed whatever the planner guesses about a CTE: a join
     -- would become a nested loop over both, hours where this takes a second.
     stale as materialized (
       select ${key.join(', ')} from old except all select ${key.join(', ')} from fresh),
     gone as (
       delete from app.${table} o using stale n where o.tenant = $1 and ${sameKey} returning ${prefixed(returning)}),
     -- Without the look for a conflict a row costs less than half.
     added as (
       insert into app.${table} as o (tenant, ${columns}) select $1, ${columns} from fresh where ${isEmptyDay}
       returning ${prefixed(returning)}, true as is_new),
     merged as (
       insert into app.${table} as o (tenant, ${columns}) select $1, ${columns} from fresh where not (${isEmptyDay})
       on conflict (tenant, ${key.join(', ')}) do update
         set ${values.map((column) => `${column} = excluded.${column}`).join(', ')}
         where (${tuple('o')}) is distinct from (${tuple('excluded')})
       -- Only a row that an update made carries the mark of the transaction that replaced another.
       returning ${prefixed(returning)}, o.xmax = 0 as is_new),
     put as (select * from added union all select * from merged)
     ${result}`,
    [...parameters],
  );
  return rows[0]!;
}

function prefixed(returning: string): string {
  return returning
    .split(', ')
    .map((column) => `o.${column}`)
    .join(', ');
}
