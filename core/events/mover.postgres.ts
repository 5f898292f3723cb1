import type { Pool } from 'pg';
import { PENDING } from './pending-writes';
import type { Mover } from './mover';

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

export function postgresMover(pool: Pool): Mover {
  return {
    prepare: async (className) => {
      const { rows } = await pool.query<{ has: boolean | null }>(
        `select (select true from pg_attribute where attrelid = c.oid and attname = $2 and not attisdropped) as has
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where n.nspname = 'public' and c.relname = $1 and c.relkind = 'r'`,
        [className, PENDING],
      );
      // Looked at first: the change waits for everybody who reads the table, and all wait for it.
      if (!rows.length || rows[0]!.has) return;
      await pool.query(`alter table ${table(className)} add column if not exists ${PENDING} jsonb`);
      await pool.query(
        `create index if not exists "${className.toLowerCase()}_${PENDING}" on ${table(className)} ("objectId")
         where ${PENDING} is not null`,
      );
    },

    // One statement: the event is in the row or in the table, at any moment. Rows that somebody else moves, or that a
    // request changes at present, are left to the next step, so that no two wait for each other.
    move: async (className, limit, objectId) => {
      const { rows } = await pool.query<{ n: number }>(
        `with taken as (
           select "objectId" as id, ${PENDING} as entries from ${table(className)}
           where ${PENDING} is not null ${objectId === undefined ? '' : 'and "objectId" = $3'}
           limit $2 for update ${objectId === undefined ? 'skip locked' : ''}),
         cleared as (
           update ${table(className)} set ${PENDING} = null from taken where "objectId" = taken.id returning 1),
         recorded as (
           insert into app.event (id, state, tenant, type, subject_class, subject_id, occurred_at, recorded_at,
             payload, request_id, population, person)
           select e->>'id', 'recorded', e->>'tenant', e->>'type', e->>'class', e->>'subject',
             (e->>'at')::timestamptz, $1, e->>'payload', e->>'request', e->>'population', e->>'person'
           from taken cross join lateral jsonb_array_elements_text(taken.entries) with ordinality as x (text, place)
             cross join lateral (select x.text::jsonb as e) as parsed
           order by taken.id, x.place
           on conflict do nothing)
         select count(*)::int as n from cleared`,
        [new Date(), limit, ...(objectId === undefined ? [] : [objectId])],
      );
      return rows[0]!.n;
    },

    hasPending: async (className, objectId) => {
      const { rowCount } = await pool.query(
        `select 1 from ${table(className)} where ${PENDING} is not null
         ${objectId === undefined ? '' : 'and "objectId" = $1'} limit 1`,
        objectId === undefined ? [] : [objectId],
      );
      return rowCount === 1;
    },

    isThere: async (className, objectId) => {
      const { rowCount } = await pool.query(`select 1 from ${table(className)} where "objectId" = $1`, [objectId]);
      return rowCount === 1;
    },
  };
}

/** @throws Error for what is no name of a class: names come from code and from the schema, never from a request */
function table(className: string): string {
  if (!IDENTIFIER.test(className)) throw new Error(`"${className}" is no class.`);
  return `"${className}"`;
}
