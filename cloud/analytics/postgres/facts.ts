import { DATED_FACTS } from '../personal-facts';
import { unusualExponents } from '../../../values/money';
import { dayInSpan, SPANS } from './range-spans';

/* Selects over the facts. Parameters: $1 tenant, $2 the spans of ranges of days, $3 and $4 their first and last days. */

/**
 * Facts of one class in the ranges, each with its `day`. One look-up by index a span, whatever the planner guesses:
 * just after an import, when nothing is known of the table, it would read all facts of the tenant for every slice.
 */
function inRanges(table: string, instant: string, columns: string, tenantColumn = 'tenant'): string {
  return `
    select * from (
      select ${dayInSpan(`f.${instant}`)} as day, r.from_day, r.to_day, ${columns}
      from spans r cross join lateral (
        select * from ${table} t where t.${tenantColumn} = $1 and t.${instant} >= r.lo and t.${instant} < r.hi offset 0) f) d
    where d.day between d.from_day and d.to_day`;
}

/** Amounts beyond this cannot be exact in a double; such an item counts as without an amount. */
const MAX_AMOUNT = '9e15';

/** The list is looked up in a hash, the cases one after the other: that costs as much as the rest of an item. */
const EXPONENT = `(case when b.currency in (${unusualExponents()
  .map(([code]) => `'${code}'`)
  .join(', ')}) then case b.currency ${unusualExponents()
  .map(([code, exponent]) => `when '${code}' then ${exponent}`)
  .join(' ')} end else 2 end)`;

/** A JSON number, or null: facts written past our checks must not stop the folding. */
function numberOf(path: string): string {
  return `(case when jsonb_typeof(i -> '${path}') = 'number' then (i ->> '${path}')::numeric end)`;
}

const ITEM_AMOUNT = `coalesce(${numberOf('amount')}, ${numberOf('quantity')} * ${numberOf('unit_price')})`;

/** Rows (dimension, currency, day, key, key_hash, minor, entries) of `rollup_money`. */
export const MONEY_SELECT = `
  with ${SPANS},
  bought as materialized (
    ${inRanges('"Purchase"', 'purchased_at', 'f.currency, f.channel, f.total_minor::numeric as minor, f.items, f.status')}
      and d.status = 'paid' and d.currency is not null),
  items as (
    select b.day, b.currency, coalesce(i ->> 'product_id', '') as key,
      round(${ITEM_AMOUNT} * 10::numeric ^ ${EXPONENT}) as minor
    from bought b cross join lateral jsonb_array_elements(
      case when jsonb_typeof(b.items) = 'array' then b.items else '[]'::jsonb end) i
    where abs(${ITEM_AMOUNT}) < ${MAX_AMOUNT}
      -- A line of a paid order that is itself not paid is no part of its total.
      and coalesce(i ->> 'status', '') not in ('pending', 'refunded', 'cancelled')),
  products as (
    select day, currency, key, sum(minor) as minor, count(*) as entries from items where key <> '' group by 1, 2, 3),
  totals as (select day, currency, coalesce(sum(minor), 0) as minor, count(*) as entries from bought group by 1, 2),
  costs as (${inRanges('"Cost"', 'date', 'f.currency, f.kind, f.amount_minor::numeric as minor')}
      and d.currency is not null),
  rows as (
    select 'total' as dimension, currency, day, '' as key, minor, entries from totals
    union all
    select 'channel', currency, day, coalesce(channel, ''), coalesce(sum(minor), 0), count(*)
      from bought group by currency, day, coalesce(channel, '')
    union all
    select 'product', currency, day, key, minor, entries from products
    union all
    -- What the items do not explain, so that the products of a day always add up to its total.
    select 'product', t.currency, t.day, '', t.minor - coalesce(p.minor, 0), 0
      from totals t
      left join (select day, currency, sum(minor) as minor from products group by 1, 2) p using (day, currency)
      where t.minor <> coalesce(p.minor, 0)
    union all
    select 'cost', currency, day, coalesce(kind, ''), coalesce(sum(minor), 0), count(*)
      from costs group by currency, day, coalesce(kind, ''))
  select dimension, currency, day, key, md5(key) as key_hash, minor, entries from rows`;

/** Rows (population, day, person, active, starts) of `person_day`. */
export const PEOPLE_SELECT = `
  with ${SPANS},
  acts as (
    select 'customers' as population, x.day, x.person, coalesce(x.minor >= 0, false) as active, true as starts
      from (${inRanges('"Purchase"', 'purchased_at', 'f.customer as person, f.total_minor as minor, f.status')}
        and d.person is not null and d.status = 'paid') x
    union all
    select 'customers', x.day, x.person, false, true
      from (${inRanges('"Subscription"', 'started_at', 'f.customer as person')} and d.person is not null) x
    union all
    select 'customers', x.day, x.person, false, true
      from (${inRanges('"Customer"', 'registered_at', 'f."objectId" as person, f.erased_at')}
        and d.erased_at is null) x
    union all
    select x.population, x.day, x.person, false, true
      from (${inRanges('app.departed', 'start_at', 'f.population, f.person')}) x
      where case x.population
        when 'users' then not exists (select 1 from "_User" u where u."objectId" = x.person)
        else not exists (select 1 from "Customer" c where c."objectId" = x.person) end
    union all
    select 'users', x.day, x.person, false, true
      from (${inRanges('"_User"', '"createdAt"', 'f."objectId" as person')}) x
    union all
    select 'users', x.day, x.person, true, false
      from (${inRanges('"Event"', '"timestamp"', 'f."user" as person')} and d.person is not null) x
    union all
    select 'users', s.day, s.user_id, true, false
      from (select unnest($3::date[]) as from_day, unnest($4::date[]) as to_day) r
      join app.user_seen s on s.tenant = $1 and s.day between r.from_day and r.to_day)
  select population, day, person, bool_or(active) as active, bool_or(starts) as starts
  from acts group by population, day, person`;

/**
 * Rows (person, instant): when each of the people $2 of a population started, from the same facts as the `starts` of
 * {@link PEOPLE_SELECT}. Read from the facts, which have an index by person: one of `person_day`
 * by person would cost as much as all the rest of a large fold.
 */
export const STARTS_SELECT: Readonly<Record<'users' | 'customers', string>> = {
  customers: startsFrom(
    `${factsOfPeople('"Purchase"', 'customer', 'purchased_at', `f.status = 'paid'`)}
     union all
     ${factsOfPeople('"Subscription"', 'customer', 'started_at')}
     union all
     ${factsOfPeople('"Customer"', '"objectId"', 'registered_at', 'f.erased_at is null')}
     union all
     ${departedOf('customers', '"Customer"')}`,
  ),
  users: startsFrom(
    `${factsOfPeople('"_User"', '"objectId"', '"createdAt"')}
     union all
     ${departedOf('users', '"_User"')}`,
  ),
};

/**
 * One look-up by index a person, whatever the planner guesses: just after an import, when nothing is
 * known of the table, it would read all facts of the tenant. So the tenant's index is hidden from it.
 */
function factsOfPeople(table: string, person: string, instant: string, condition = 'true'): string {
  return `select p.person, f.instant from people p cross join lateral (
       select f.${instant} as instant from ${table} f
       where f.${person} = p.person and f.tenant || '' = $1 and ${condition} offset 0) f`;
}

function startsFrom(instants: string): string {
  return `
    with people as (select unnest($2::text[]) as person)
    select person, min(instant) as instant
    from (${instants}) known(person, instant) where instant is not null group by person`;
}

function departedOf(population: string, table: string): string {
  return `select f.person, f.start_at from people p join app.departed f
       on f.tenant = $1 and f.population = '${population}' and f.person = p.person
     where not exists (select 1 from ${table} there where there."objectId" = f.person)`;
}

/** Facts of the subscriptions that started in the ranges. */
export const SUBSCRIPTIONS_SELECT = `
  with ${SPANS}
  ${inRanges(
    '"Subscription"',
    'started_at',
    `f."objectId" as id, f.customer, f.plan, coalesce(f.amount_minor, 0) as "amountMinor", f.currency, f."interval",
     f.started_at as "startedAt", f.cancelled_at as "cancelledAt", f.trial_ends_at as "trialEndsAt", f.versions`,
  )} and d.currency is not null`;

/** Rows (day, is_utc): all days on which the tenant has a fact, as days of UTC where they are none yet. Parameter: $1 tenant. */
export const ALL_DAYS_SELECT = `
  select day::text as day, false as is_utc from app.user_seen where tenant = $1
  union ${[
    ...DATED_FACTS.map(({ className, dateField }) => `select "${dateField}" from "${className}"`),
    `select "createdAt" from "_User"`,
    `select start_at from app.departed`,
  ]
    .map(
      (select) => `select (instant at time zone 'UTC')::date::text, true from (
        ${select} where tenant = $1) facts(instant) where instant is not null`,
    )
    .join(' union ')}`;
