import type { TableDefinition } from '../../core/schema/table-definition';

/**
 * Truth: dirty_day, user_seen, departed, usage_counter, analytics_state. The other tables are derived
 * and may be thrown away. MongoDB's derived documents have a composed `_id`, which is their key.
 */
export const ANALYTICS_TABLES: readonly TableDefinition[] = [
  {
    /** Days whose facts may have changed. Rows are only added and removed, so that markers never wait for each other. */
    name: 'dirty_day',
    postgres: [
      `create table if not exists app.dirty_day (
        id bigint generated always as identity primary key,
        tenant text not null,
        day date not null,
        marked_at timestamptz not null default clock_timestamp(),
        is_settled boolean not null default false,
        is_folded boolean not null default false)`,
      `alter table app.dirty_day add column if not exists time_zone text`,
      `create index if not exists dirty_day_due on app.dirty_day (tenant, is_folded, marked_at)`,
    ],
    mongo: [{ key: { tenant: 1, is_folded: 1, marked_at: 1 } }],
  },
  {
    /** One row a user and day with a login or an authenticated request. */
    name: 'user_seen',
    postgres: [
      `create table if not exists app.user_seen (
        tenant text not null, day date not null, user_id text not null,
        primary key (tenant, day, user_id))`,
      `create index if not exists user_seen_user on app.user_seen (user_id)`,
    ],
    mongo: [{ key: { tenant: 1, day: 1 } }, { key: { user_id: 1 } }],
  },
  {
    /** Starts of people whose own row was deleted: their history stays (contract 2.9). */
    name: 'departed',
    postgres: [
      `create table if not exists app.departed (
        tenant text not null, population text not null, person text not null, start_at timestamptz not null,
        primary key (tenant, population, person))`,
      `create index if not exists departed_start on app.departed (tenant, start_at)`,
    ],
    mongo: [{ key: { tenant: 1, population: 1, person: 1 }, unique: true }, { key: { tenant: 1, start_at: 1 } }],
  },
  {
    name: 'usage_counter',
    postgres: [
      `create table if not exists app.usage_counter (
        tenant text not null, day date not null, name text not null, value bigint not null,
        primary key (tenant, name, day))`,
    ],
    mongo: [{ key: { tenant: 1, name: 1, day: 1 }, unique: true }],
  },
  {
    /** The zone in which a tenant's derived rows were counted; another one means a rebuild. */
    name: 'analytics_state',
    postgres: [`create table if not exists app.analytics_state (tenant text primary key, time_zone text not null)`],
    mongo: [],
  },
  {
    name: 'person_day',
    postgres: [
      `create table if not exists app.person_day (
        tenant text not null, population text not null, day date not null, person text not null,
        active boolean not null, starts boolean not null,
        primary key (tenant, population, day, person) include (active, starts))`,
    ],
    mongo: [{ key: { tenant: 1, population: 1, day: 1, person: 1 } }, { key: { tenant: 1, population: 1, person: 1 } }],
  },
  {
    name: 'person_start',
    postgres: [
      `create table if not exists app.person_start (
        tenant text not null, population text not null, person text not null, start_day date not null,
        primary key (tenant, population, person))`,
      `create index if not exists person_start_day on app.person_start (tenant, population, start_day) include (person)`,
    ],
    mongo: [{ key: { tenant: 1, population: 1, start_day: 1 } }],
  },
  {
    /** `key` '' stands for none. `key_hash` is in the primary key because keys may exceed an index entry. */
    name: 'rollup_money',
    postgres: [
      `create table if not exists app.rollup_money (
        tenant text not null, dimension text not null, currency text not null, day date not null,
        key text not null, key_hash text not null, minor numeric not null, entries bigint not null,
        primary key (tenant, dimension, currency, day, key_hash))`,
      `create index if not exists rollup_money_day on app.rollup_money (tenant, day)`,
    ],
    mongo: [{ key: { tenant: 1, dimension: 1, currency: 1, day: 1 } }, { key: { tenant: 1, day: 1 } }],
  },
  {
    /** What a subscription is worth from a day up to, not including, another; 0 during its trial. */
    name: 'subscription_span',
    postgres: [
      `create table if not exists app.subscription_span (
        tenant text not null, subscription text not null, from_day date not null, to_day date,
        start_day date not null, payer text not null, currency text not null, plan text, annual_minor numeric not null,
        primary key (tenant, subscription, from_day))`,
      `create index if not exists subscription_span_from on app.subscription_span (tenant, from_day)`,
      `create index if not exists subscription_span_start on app.subscription_span (tenant, start_day)`,
      `create index if not exists subscription_span_payer on app.subscription_span (tenant, payer)`,
    ],
    mongo: [
      { key: { tenant: 1, from_day: 1 } },
      { key: { tenant: 1, start_day: 1 } },
      { key: { tenant: 1, payer: 1 } },
    ],
  },
];
