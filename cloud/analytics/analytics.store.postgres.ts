import type { Pool } from 'pg';
import type {
  AnalyticsStore,
  Cohort,
  DayMarks,
  DayRange,
  FoldLimits,
  PeopleQuery,
  Population,
  TenantSettings,
} from './analytics.store.types';
import { eraseCustomer, eraseUserFigures, tenantsOfUser } from './postgres/erasure';
import * as figures from './postgres/figures';
import { fold, foldDays, rebuild } from './postgres/fold';
import { markWith, readMarkedDays, tenantsWithMarks } from './postgres/marks';
import { toTenantSettings } from './tenant-settings';

/** {@link AnalyticsStore} in SQL. */
export class PostgresAnalyticsStore implements AnalyticsStore {
  constructor(private readonly pool: Pool) {}

  async readTenant(idOrSlug: string): Promise<TenantSettings | undefined> {
    const { rows } = await this.pool.query<{ id: string; settings: unknown }>(
      `select "objectId" as id, settings from "Tenant" where "objectId" = $1 or slug = $1
       order by "objectId" = $1 desc limit 1`,
      [idOrSlug],
    );
    return rows[0] && toTenantSettings(rows[0].id, rows[0].settings);
  }

  async tenantIds(): Promise<string[]> {
    const { rows } = await this.pool.query<{ id: string }>('select "objectId" as id from "Tenant" order by 1');
    return rows.map((row) => row.id);
  }

  mark(tenantId: string, marks: DayMarks) {
    return markWith(this.pool, tenantId, marks);
  }

  tenantsWithMarks() {
    return tenantsWithMarks(this.pool);
  }

  markedDays(tenantId: string) {
    return readMarkedDays(this.pool, tenantId);
  }

  fold(tenant: TenantSettings, limits: FoldLimits) {
    return fold(this.pool, tenant, limits);
  }

  foldDays(tenant: TenantSettings, days: readonly string[]) {
    return foldDays(this.pool, tenant, days);
  }

  rebuild(tenant: TenantSettings) {
    return rebuild(this.pool, tenant);
  }

  async sampleDays(tenantId: string, count: number): Promise<string[]> {
    const { rows } = await this.pool.query<{ day: string }>(
      `select day::text as day from (
         select distinct day from app.rollup_money where tenant = $1
         union select distinct day from app.person_day where tenant = $1) days
       order by random() limit $2`,
      [tenantId, count],
    );
    return rows.map((row) => row.day);
  }

  /** One statement: the mark commits with the fact, and only where the fact is new. */
  async recordSeen(tenantId: string, userId: string, day: string): Promise<void> {
    await this.pool.query(
      `with seen as (
         insert into app.user_seen (tenant, day, user_id) values ($1, $2, $3) on conflict do nothing returning day)
       insert into app.dirty_day (tenant, day, is_settled) select $1, day, true from seen`,
      [tenantId, day, userId],
    );
  }

  async seenSince(userIds: readonly string[], day: string): Promise<string[]> {
    const { rows } = await this.pool.query<{ user_id: string }>(
      'select distinct user_id from app.user_seen where user_id = any($1) and day >= $2',
      [userIds, day],
    );
    return rows.map((row) => row.user_id);
  }

  async keepDeparted(tenantId: string, population: Population, person: string, startAt: Date): Promise<void> {
    await this.pool.query(
      `insert into app.departed (tenant, population, person, start_at) values ($1, $2, $3, $4)
       on conflict (tenant, population, person) do update set start_at = excluded.start_at`,
      [tenantId, population, person, startAt],
    );
  }

  tenantsOfUser(userId: string) {
    return tenantsOfUser(this.pool, userId);
  }

  eraseUserFigures(tenant: TenantSettings, userId: string) {
    return eraseUserFigures(this.pool, tenant, userId);
  }

  async isErased(customerId: string): Promise<boolean> {
    const sql = 'select 1 from "Customer" where "objectId" = $1 and erased_at is not null';
    return Boolean((await this.pool.query(sql, [customerId])).rowCount);
  }

  async erasedSince(since: Date, tenantId?: string): Promise<{ tenantId: string; customerId: string }[]> {
    const { rows } = await this.pool.query<{ tenantId: string; customerId: string }>(
      `select tenant as "tenantId", "objectId" as "customerId" from "Customer"
       where erased_at >= $1 and ($2::text is null or tenant = $2)`,
      [since, tenantId ?? null],
    );
    return rows;
  }

  eraseCustomer(tenant: TenantSettings, idOrExternalId: string, now: Date) {
    return eraseCustomer(this.pool, tenant, idOrExternalId, now);
  }

  async addUsage(tenantId: string, day: string, name: string, value: number): Promise<void> {
    await this.pool.query(
      `insert into app.usage_counter as u (tenant, day, name, value) values ($1, $2, $3, $4)
       on conflict (tenant, name, day) do update set value = u.value + excluded.value`,
      [tenantId, day, name, value],
    );
  }

  async recentlyUsed(limit: number): Promise<string[]> {
    const { rows } = await this.pool.query<{ tenant: string }>(
      'select tenant from app.usage_counter group by tenant order by max(day) desc, sum(value) desc limit $1',
      [limit],
    );
    return rows.map(({ tenant }) => tenant);
  }

  moneyByCurrency(tenantId: string, dimension: 'total' | 'cost', window: DayRange, key = '') {
    return figures.moneyByCurrency(this.pool, tenantId, dimension, window, key);
  }

  moneyByDay(tenantId: string, currency: string, window: DayRange) {
    return figures.moneyByDay(this.pool, tenantId, currency, window);
  }

  moneyByKey(tenantId: string, currency: string, dimension: 'channel' | 'product', window: DayRange) {
    return figures.moneyByKey(this.pool, tenantId, currency, dimension, window);
  }

  moneyByPlan(tenant: TenantSettings, currency: string, window: DayRange) {
    return figures.moneyByPlan(this.pool, tenant, currency, window);
  }

  recurring(tenantId: string, day: string) {
    return figures.recurring(this.pool, tenantId, day);
  }

  payers(tenantId: string, currency: string, days: readonly string[]) {
    return figures.payers(this.pool, tenantId, currency, days);
  }

  people(tenantId: string, query: PeopleQuery) {
    return figures.people(this.pool, tenantId, query);
  }

  retention(tenantId: string, population: Population, cohort: Cohort, window: DayRange) {
    return figures.retention(this.pool, tenantId, population, cohort, window);
  }

  performance(tenant: TenantSettings, window: DayRange) {
    return figures.performance(this.pool, tenant, window);
  }
}
