import type { Pool } from 'pg';
import { inTransaction } from '../database/database';
import { PENDING } from './pending-writes';
import type { Ask, Mover } from './mover.types';

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Classes that had the column when they were last looked at: others are looked for before a statement names them. */
const ready = new Set<string>();
/** No such table, no such column: the class was removed meanwhile. */
const GONE = new Set<unknown>(['42P01', '42703']);

export function postgresMover(pool: Pool): Mover {
  const ask: Ask = async (text, values) => (await pool.query(text, values as unknown[])).rows as object[];

  const isReady = async (className: string): Promise<boolean | undefined> => {
    const [found] = (await ask(
      `select (select true from pg_attribute where attrelid = c.oid and attname = $2 and not attisdropped) as has
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where n.nspname = 'public' and c.relname = $1 and c.relkind = 'r'`,
      [className, PENDING],
    )) as { has: boolean | null }[];
    if (found?.has) ready.add(className);
    return found && Boolean(found.has);
  };
  /** A class may be made, and removed, at any time. */
  const whereReady = async <T>(className: string, otherwise: T, run: () => Promise<T>): Promise<T> => {
    if (!ready.has(className) && !(await isReady(className))) return otherwise;
    try {
      return await run();
    } catch (error) {
      if (!GONE.has((error as { code?: unknown }).code)) throw error;
      ready.delete(className);
      return otherwise;
    }
  };

  return {
    prepare: async (className) => {
      // Looked at first: the change waits for everybody who reads the table, and all wait for it.
      const has = await isReady(className);
      if (has === undefined) return;
      const index = `"${className.toLowerCase()}_${PENDING}"`;
      const [{ is }] = (await ask('select to_regclass($1) is not null as is', [`public.${index}`])) as [
        { is: boolean },
      ];
      if (has && is) return;
      await inTransaction(pool, async (client) => {
        // Two processes that start at once would race on "if not exists".
        await client.query('select pg_advisory_xact_lock(4711)');
        await client.query(`alter table ${table(className)} add column if not exists ${PENDING} jsonb`);
        await client.query(
          `create index if not exists ${index} on ${table(className)} ("objectId") where ${PENDING} is not null`,
        );
      });
    },

    move: (className, limit, objectId) =>
      whereReady(className, 0, () => movePostgres(ask, { className, limit, objectId })),

    hasPending: (className, objectId) =>
      whereReady(className, false, async () => {
        const rows = await ask(
          `select 1 from ${table(className)} where ${PENDING} is not null
           ${objectId === undefined ? '' : 'and "objectId" = $1'} limit 1`,
          objectId === undefined ? [] : [objectId],
        );
        return rows.length === 1;
      }),

    isThere: (className, objectId) =>
      whereReady(className, false, async () => {
        const rows = await ask(`select 1 from ${table(className)} where "objectId" = $1`, [objectId]);
        return rows.length === 1;
      }),
  };
}

/**
 * One statement: the event is in the row or in the table, at any moment. Rows that somebody else moves, or that a
 * request changes at present, are left to the next step, so that no two wait for each other.
 * @param ask within a transaction, its own connection
 */
export async function movePostgres(
  ask: Ask,
  { className, limit, objectId }: { className: string; limit: number; objectId?: string | undefined },
): Promise<number> {
  const [counted] = (await ask(
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
  )) as [{ n: number }];
  return counted.n;
}

/** @throws Error for what is no name of a class: names come from code and from the schema, never from a request */
function table(className: string): string {
  if (!IDENTIFIER.test(className)) throw new Error(`"${className}" is no class.`);
  return `"${className}"`;
}
