import type { Pool, PoolClient } from 'pg';
import { inTransaction } from '../../../core/database/database';
import { dayInZone, daysInZone } from '../../../values/zone';
import type { DayRange, FoldLimits, FoldMode, FoldResult, TenantSettings } from '../analytics.store.types';
import { toRanges } from '../calendar';
import { foldInSlices } from '../fold-slices';
import { spansOf, type SubscriptionFacts } from '../subscription-spans';
import { ALL_DAYS_SELECT, MONEY_SELECT, PEOPLE_SELECT, STARTS_SELECT, SUBSCRIPTIONS_SELECT } from './facts';
import { readMarkedDays, recountMarks, takeMarks } from './marks';
import { rangeSpans } from './range-spans';
import { CHANGED, replaceRows } from './replace-rows';

/** First key of the advisory locks that serialise folding, one a tenant. */
const FOLD_LOCK = 7_203_114;
/** After so many changed rows the planner must hear of them at once: autovacuum may come a minute later. */
const ANALYZE_FROM_ROWS = 10_000;
const NOTHING: FoldResult = { days: 0, changed: 0 };

/** Takes marks of the tenant and recomputes their days, each slice in a transaction of its own. */
export async function fold(pool: Pool, tenant: TenantSettings, limits: FoldLimits): Promise<FoldResult> {
  const result = await foldInSlices(limits, (choose) =>
    inTransaction(pool, async (client) => {
      if (!(await lockTenant(client, tenant.id, limits.mode))) return NOTHING;
      await recountMarks(client, tenant);
      const days = choose(await readMarkedDays(client, tenant.id));
      if (!days.length) return NOTHING;
      await takeMarks(client, tenant, days);
      const isOtherZone = await changeZone(client, tenant);
      if (isOtherZone) return rebuildLocked(client, tenant);
      return foldRanges(client, tenant, toRanges(days));
    }),
  );
  if (result.changed >= ANALYZE_FROM_ROWS) await analyze(pool);
  return result;
}

/** A small sample tells the planner all that it needs here: how many rows there are. */
async function analyze(pool: Pool): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query('set local default_statistics_target = 10');
    await client.query('analyze app.person_day, app.person_start');
  });
}

export async function foldDays(pool: Pool, tenant: TenantSettings, days: readonly string[]): Promise<FoldResult> {
  return inTransaction(pool, async (client) => {
    await lockTenant(client, tenant.id, 'all');
    return foldRanges(client, tenant, toRanges(days));
  });
}

export async function rebuild(pool: Pool, tenant: TenantSettings): Promise<FoldResult> {
  return inTransaction(pool, async (client) => {
    await lockTenant(client, tenant.id, 'all');
    await changeZone(client, tenant);
    return rebuildLocked(client, tenant);
  });
}

async function lockTenant(client: PoolClient, tenantId: string, mode: FoldMode): Promise<boolean> {
  // A crash of the database may take a fold back, with the marks that it took: nothing waits for the disk.
  await client.query('set local synchronous_commit = off');
  if (mode === 'all') {
    await client.query('select pg_advisory_xact_lock($1, hashtext($2))', [FOLD_LOCK, tenantId]);
    return true;
  }
  const { rows } = await client.query<{ locked: boolean }>(
    'select pg_try_advisory_xact_lock($1, hashtext($2)) as locked',
    [FOLD_LOCK, tenantId],
  );
  return rows[0]?.locked === true;
}

/** @returns whether the derived rows were counted in another zone */
async function changeZone(client: PoolClient, tenant: TenantSettings): Promise<boolean> {
  const { rows } = await client.query<{ time_zone: string }>(
    'select time_zone from app.analytics_state where tenant = $1',
    [tenant.id],
  );
  if (rows[0]?.time_zone === tenant.timeZone) return false;
  await client.query(
    `insert into app.analytics_state (tenant, time_zone) values ($1, $2)
     on conflict (tenant) do update set time_zone = excluded.time_zone`,
    [tenant.id, tenant.timeZone],
  );
  return rows.length > 0;
}

async function rebuildLocked(client: PoolClient, tenant: TenantSettings): Promise<FoldResult> {
  for (const table of ['person_day', 'person_start', 'rollup_money', 'subscription_span']) {
    await client.query(`delete from app.${table} where tenant = $1`, [tenant.id]);
  }
  const { rows } = await client.query<{ day: string; is_utc: boolean }>(ALL_DAYS_SELECT, [tenant.id]);
  const days = rows.flatMap(({ day, is_utc }) => (is_utc ? daysInZone(day, tenant.timeZone) : [day]));
  return foldRanges(client, tenant, toRanges(days));
}

async function foldRanges(client: PoolClient, tenant: TenantSettings, ranges: DayRange[]): Promise<FoldResult> {
  const froms = ranges.map((range) => range.from);
  const tos = ranges.map((range) => range.to);
  const parameters = [tenant.id, rangeSpans(ranges, tenant.timeZone), froms, tos];
  const money = await replaceRows(client, {
    table: 'rollup_money',
    key: ['dimension', 'currency', 'day', 'key_hash'],
    values: ['key', 'minor', 'entries'],
    dayColumn: 'day',
    select: MONEY_SELECT,
    parameters,
  });
  const people = await foldPeople(client, tenant, parameters);
  const spans = await foldSpans(client, tenant, parameters);
  return { days: rangeDays(ranges), changed: money.changed + people + spans };
}

/**
 * Days of people and the starts that follow from them. A day that is new can only make a start
 * earlier; whoever lost or changed one is looked up in the facts. Every fact's day is folded at some
 * time, so both ways end in the same start.
 */
async function foldPeople(client: PoolClient, tenant: TenantSettings, parameters: unknown[]): Promise<number> {
  const { changed, ...unsure } = await replaceRows<{ changed: number; users: string[]; customers: string[] }>(client, {
    table: 'person_day',
    key: ['population', 'day', 'person'],
    values: ['active', 'starts'],
    dayColumn: 'day',
    select: PEOPLE_SELECT,
    parameters,
    returning: 'population, day, person, starts',
    result: `
      , earlier as (
        insert into app.person_start as s (tenant, population, person, start_day)
        select $1, population, person, min(day) from put where is_new and starts
        group by population, person order by population, person
        on conflict (tenant, population, person) do update set start_day = excluded.start_day
          where excluded.start_day < s.start_day),
      unsure as (select population, person from gone union select population, person from put where not is_new)
      select ${CHANGED},
        array(select person from unsure where population = 'users') as users,
        array(select person from unsure where population = 'customers') as customers`,
  });
  for (const population of ['users', 'customers'] as const)
    if (unsure[population].length) await foldStarts(client, tenant, population, unsure[population]);
  return changed;
}

async function foldStarts(
  client: PoolClient,
  tenant: TenantSettings,
  population: 'users' | 'customers',
  persons: string[],
): Promise<void> {
  const { rows } = await client.query<{ person: string; instant: Date }>(STARTS_SELECT[population], [
    tenant.id,
    persons,
  ]);
  const days = rows.map(({ instant }) => dayInZone(instant.getTime(), tenant.timeZone));
  await client.query(
    `with starts as materialized (select * from unnest($3::text[], $4::date[]) s(person, start_day)),
     -- A set operation, because it is hashed whatever the planner guesses: see replaceRows.
     lost as materialized (select unnest($5::text[]) as person except select person from starts),
     gone as (
       delete from app.person_start o using lost
       where o.tenant = $1 and o.population = $2 and o.person = lost.person)
     insert into app.person_start (tenant, population, person, start_day)
     select $1, $2, person, start_day from starts
     on conflict (tenant, population, person) do update set start_day = excluded.start_day
       where person_start.start_day <> excluded.start_day`,
    [tenant.id, population, rows.map(({ person }) => person), days, persons],
  );
}

async function foldSpans(client: PoolClient, tenant: TenantSettings, parameters: unknown[]): Promise<number> {
  const { rows } = await client.query<SubscriptionFacts>(SUBSCRIPTIONS_SELECT, parameters.slice(0, 2));
  const spans = rows.flatMap((row) => spansOf({ ...row, amountMinor: Number(row.amountMinor) }, tenant.timeZone));
  const { changed } = await replaceRows(client, {
    table: 'subscription_span',
    key: ['subscription', 'from_day'],
    values: ['to_day', 'start_day', 'payer', 'currency', 'plan', 'annual_minor'],
    dayColumn: 'start_day',
    select: `
      select s.* from jsonb_to_recordset($5::jsonb) as s(
        subscription text, from_day date, to_day date, start_day date, payer text, currency text, plan text,
        annual_minor numeric) where $2::text is not null`,
    parameters: [...parameters, JSON.stringify(spans)],
  });
  return changed;
}

function rangeDays(ranges: DayRange[]): number {
  return ranges.reduce((sum, { from, to }) => sum + (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1, 0);
}
