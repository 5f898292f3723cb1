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
  returning: string;
}

/**
 * Makes the derived rows of the ranges equal to what the select gives, touching only rows that
 * differ: a fold without news writes nothing.
 * The order of the key keeps the pages of its index warm: a third less time for a large fold.
 * @returns what `returning` names of the rows that were added, changed or removed, each once
 */
export async function replaceRows<Row extends QueryResultRow>(
  client: PoolClient,
  { table, key, values, dayColumn, select, parameters, returning }: Replacement,
): Promise<Row[]> {
  const columns = [...key, ...values].join(', ');
  const tuple = (source: string): string => values.map((column) => `${source}.${column}`).join(', ');
  const sameKey = key.map((column) => `n.${column} = o.${column}`).join(' and ');
  const { rows } = await client.query<Row>(
    `with fresh as materialized (select ${columns} from (${select}) selected order by ${key.join(', ')}),
     -- A set operation, because it is hashed whatever the planner guesses about a CTE: a join
     -- would become a nested loop over both, hours where this takes a second.
     stale as materialized (
       select ${key.map((column) => `o.${column}`).join(', ')}
       from (select unnest($3::date[]) as from_day, unnest($4::date[]) as to_day) r
       join app.${table} o on o.tenant = $1 and o.${dayColumn} between r.from_day and r.to_day
       except all select ${key.join(', ')} from fresh),
     gone as (
       delete from app.${table} o using stale n where o.tenant = $1 and ${sameKey} returning ${prefixed(returning)}),
     put as (
       insert into app.${table} as o (tenant, ${columns}) select $1, ${columns} from fresh
       on conflict (tenant, ${key.join(', ')}) do update
         set ${values.map((column) => `${column} = excluded.${column}`).join(', ')}
         where (${tuple('o')}) is distinct from (${tuple('excluded')})
       returning ${prefixed(returning)})
     select * from gone union select * from put`,
    [...parameters],
  );
  return rows;
}

function prefixed(returning: string): string {
  return returning
    .split(', ')
    .map((column) => `o.${column}`)
    .join(', ');
}
