import type { Pool, QueryResultRow } from 'pg';
import { inTransaction } from '../../../core/database/database';
import { addDays, startOfDay } from '../../../values/zone';
import { readTwice } from '../../../core/database/outages';
import type {
  Cohort,
  CurrencyMoney,
  DayMoney,
  DayRange,
  KeyMoney,
  PayerCount,
  PeopleCounts,
  PeopleQuery,
  Performance,
  Population,
  Recurring,
  RetentionRow,
  TenantSettings,
} from '../analytics.store.types';
import { dayInSpan, rangeSpans, SPANS } from './range-spans';

export async function moneyByCurrency(
  pool: Pool,
  tenantId: string,
  dimension: 'total' | 'cost',
  window: DayRange,
  key: string,
): Promise<CurrencyMoney[]> {
  const { rows } = await pool.query<{ currency: string; minor: string; entries: string }>(
    `select currency, round(coalesce(sum(minor) filter (where day between $4 and $5), 0)) as minor,
       coalesce(sum(entries) filter (where day between $4 and $5), 0) as entries
     from app.rollup_money where tenant = $1 and dimension = $2 and key_hash = md5($3)
     group by currency order by currency`,
    [tenantId, dimension, key, window.from, window.to],
  );
  return rows.map(({ currency, minor, entries }) => ({ currency, minor: BigInt(minor), entries: Number(entries) }));
}

export async function moneyByDay(
  pool: Pool,
  tenantId: string,
  currency: string,
  window: DayRange,
): Promise<DayMoney[]> {
  const { rows } = await pool.query<{ day: string; minor: string }>(
    `select day::text as day, round(minor) as minor from app.rollup_money
     where tenant = $1 and dimension = 'total' and currency = $2 and day between $3 and $4 order by day`,
    [tenantId, currency, window.from, window.to],
  );
  return rows.map(({ day, minor }) => ({ day, minor: BigInt(minor) }));
}

export async function moneyByKey(
  pool: Pool,
  tenantId: string,
  currency: string,
  dimension: 'channel' | 'product',
  window: DayRange,
): Promise<KeyMoney[]> {
  const { rows } = await pool.query<{ key: string | null; minor: string }>(
    `select nullif(key, '') as key, round(sum(minor)) as minor from app.rollup_money
     where tenant = $1 and dimension = $2 and currency = $3 and day between $4 and $5 group by key`,
    [tenantId, dimension, currency, window.from, window.to],
  );
  return rows.map(({ key, minor }) => ({ key, minor: BigInt(minor) }));
}

/** Reads the facts of the window: which plan a purchase belongs to depends on two facts. */
export async function moneyByPlan(
  pool: Pool,
  tenant: TenantSettings,
  currency: string,
  window: DayRange,
): Promise<KeyMoney[]> {
  const { rows } = await pool.query<{ key: string | null; minor: string }>(
    `with ${SPANS},
     bought as (
       select ${dayInSpan('p.purchased_at')} as day, p.customer, p.total_minor::numeric as minor
       from spans r cross join lateral (
         select * from "Purchase" t where t.tenant = $1 and t.status = 'paid' and t.currency = $3
           and t.purchased_at >= r.lo and t.purchased_at < r.hi offset 0) p)
     select s.plan as key, round(coalesce(sum(b.minor), 0)) as minor
     from bought b left join lateral (
       select plan from app.subscription_span s
       where s.tenant = $1 and s.payer = b.customer and s.from_day <= b.day and (s.to_day is null or s.to_day > b.day)
       order by s.start_day desc, s.subscription desc limit 1) s on true
     where b.day between $4 and $5 group by s.plan`,
    [tenant.id, rangeSpans([window], tenant.timeZone), currency, window.from, window.to],
  );
  return rows.map(({ key, minor }) => ({ key, minor: BigInt(minor) }));
}

/** All currencies with a subscription ever, so that a tenant's only currency can be told. */
export async function recurring(pool: Pool, tenantId: string, day: string): Promise<Recurring[]> {
  const { rows } = await pool.query<{ currency: string; annual: string; subscriptions: number; payers: number }>(
    `with worth as (
       select currency, payer, sum(annual_minor) filter (where holds) as annual,
         count(*) filter (where holds and annual_minor <> 0) as subscriptions
       from (select *, from_day <= $2 and (to_day is null or to_day > $2) as holds
             from app.subscription_span where tenant = $1) s
       group by currency, payer)
     select currency, round(coalesce(sum(annual), 0)) as annual, sum(subscriptions)::int as subscriptions,
       count(*) filter (where annual > 0)::int as payers
     from worth group by currency order by currency`,
    [tenantId, day],
  );
  return rows.map(({ currency, annual, subscriptions, payers }) => ({
    currency,
    annualMinor: BigInt(annual),
    subscriptions,
    payers,
  }));
}

export async function payers(
  pool: Pool,
  tenantId: string,
  currency: string,
  days: readonly string[],
): Promise<PayerCount[]> {
  const { rows } = await queryHashed<{ payers: number; lost: number }>(
    pool,
    `with days as (select day, number from unnest($3::date[]) with ordinality as d(day, number)),
     paying as (
       select d.number, s.payer from days d join app.subscription_span s
         on s.tenant = $1 and s.currency = $2 and s.from_day <= d.day and (s.to_day is null or s.to_day > d.day)
       group by d.number, s.payer having sum(s.annual_minor) > 0)
     select count(p.payer)::int as payers, count(p.payer) filter (where n.payer is null)::int as lost
     from days d left join paying p on p.number = d.number
       left join paying n on n.number = p.number + 1 and n.payer = p.payer
     where d.number < cardinality($3::date[]) group by d.number order by d.number`,
    [tenantId, currency, days],
  );
  return rows;
}

export async function people(pool: Pool, tenantId: string, query: PeopleQuery): Promise<PeopleCounts> {
  const { population, window, previousFrom, monthFrom } = query;
  const { rows } = await pool.query<PeopleCounts>(
    `with starts as (
       select count(*)::int as total, count(*) filter (where start_day >= $3)::int as started,
         count(*) filter (where start_day >= $6)::int as "startedMonthly"
       from app.person_start where tenant = $1 and population = $2 and start_day <= $4),
     activity as (
       select count(*) filter (where is_inside)::int as active, count(*) filter (where not is_inside)::int as churned
       from (select bool_or(day >= $3) as is_inside from app.person_day
             where tenant = $1 and population = $2 and day between $5 and $4 and active group by person) p)
     select * from starts, activity`,
    [tenantId, population, window.from, window.to, previousFrom, monthFrom],
  );
  return rows[0] ?? { total: 0, active: 0, churned: 0, started: 0, startedMonthly: 0 };
}

export async function retention(
  pool: Pool,
  tenantId: string,
  population: Population,
  cohort: Cohort,
  window: DayRange,
): Promise<RetentionRow[]> {
  const { rows } = await queryHashed<RetentionRow>(
    pool,
    `with members as (
       select person, date_trunc($3, start_day::timestamp)::date as cohort from app.person_start
       where tenant = $1 and population = $2 and start_day between $4 and $5),
     active as (
       select distinct m.cohort, date_trunc($3, d.day::timestamp)::date as period, m.person
       from members m join app.person_day d on d.tenant = $1 and d.population = $2 and d.person = m.person
       where d.active and d.day between $4 and $5)
     select cohort::text as cohort, null as period, count(*)::int as people from members group by cohort
     union all
     select cohort::text, period::text, count(*)::int from active group by cohort, period`,
    [tenantId, population, cohort, window.from, window.to],
  );
  return rows;
}

export async function performance(pool: Pool, tenant: TenantSettings, window: DayRange): Promise<Performance> {
  const { rows } = await pool.query<{ api_calls: string; bytes: string; jobs: number; ms: string }>(
    `select
       (select coalesce(sum(value), 0) from app.usage_counter
         where tenant = $1 and name = 'api_calls' and day between $2 and $3) as api_calls,
       count(*)::int as jobs, coalesce(sum(input_bytes), 0)::numeric as bytes,
       coalesce(sum(extract(epoch from completed_at - started_at)), 0) * 1000 as ms
     from "DataJob" where tenant = $1 and status = 'completed'
       and completed_at >= $4 and completed_at < $5`,
    [
      tenant.id,
      window.from,
      window.to,
      new Date(startOfDay(window.from, tenant.timeZone)),
      new Date(startOfDay(addDays(window.to, 1), tenant.timeZone)),
    ],
  );
  const row = rows[0];
  return {
    apiCalls: Number(row?.api_calls ?? 0),
    inputBytes: Number(row?.bytes ?? 0),
    jobs: row?.jobs ?? 0,
    jobMs: Number(row?.ms ?? 0),
  };
}

/**
 * A query that joins large results of its own parts. The planner guesses their size, and on fresh
 * tables guesses low: the nested loop that it then takes runs for minutes where a hash takes 0.1 s.
 */
async function queryHashed<Row extends QueryResultRow>(
  pool: Pool,
  text: string,
  parameters: unknown[],
): Promise<{ rows: Row[] }> {
  const read = (): Promise<{ rows: Row[] }> =>
    inTransaction(pool, async (client) => {
      await client.query('set local enable_nestloop = off');
      return client.query<Row>(text, parameters);
    });
  return readTwice(read);
}
