import type { Db } from 'mongodb';
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
import { eraseCustomer, eraseUserFigures, tenantsOfUser } from './mongo/erasure';
import { idOf, pointer } from './mongo/facts';
import * as figures from './mongo/figures';
import { fold, foldDays, rebuild } from './mongo/fold';
import { mark, readMarkedDays, tenantsWithMarks } from './mongo/marks';
import { toTenantSettings } from './tenant-settings';

/** {@link AnalyticsStore} on MongoDB, correct without transactions. */
export class MongoAnalyticsStore implements AnalyticsStore {
  constructor(private readonly db: Db) {}

  async readTenant(idOrSlug: string): Promise<TenantSettings | undefined> {
    const tenants = this.db.collection('Tenant');
    const found = (await tenants.findOne({ _id: idOrSlug as never })) ?? (await tenants.findOne({ slug: idOrSlug }));
    return found ? toTenantSettings(String(found['_id']), found['settings']) : undefined;
  }

  async tenantIds(): Promise<string[]> {
    return (await this.db.collection('Tenant').find().project({ _id: 1 }).toArray()).map((row) => String(row['_id']));
  }

  mark(tenantId: string, marks: DayMarks) {
    return mark(this.db, tenantId, marks);
  }

  tenantsWithMarks() {
    return tenantsWithMarks(this.db);
  }

  markedDays(tenantId: string) {
    return readMarkedDays(this.db, tenantId);
  }

  fold(tenant: TenantSettings, limits: FoldLimits) {
    return fold(this.db, tenant, limits);
  }

  foldDays(tenant: TenantSettings, days: readonly string[]) {
    return foldDays(this.db, tenant, days);
  }

  rebuild(tenant: TenantSettings) {
    return rebuild(this.db, tenant);
  }

  async sampleDays(tenantId: string, count: number): Promise<string[]> {
    const days = new Set<string>();
    for (const table of ['app_rollup_money', 'app_person_day']) {
      for (const day of await this.db.collection(table).distinct('day', { tenant: tenantId })) days.add(String(day));
    }
    const all = [...days];
    const sample: string[] = [];
    while (sample.length < count && all.length) {
      sample.push(...all.splice(Math.floor(Math.random() * all.length), 1));
    }
    return sample;
  }

  /** The mark first: a crash between the two leaves a day recomputed for nothing. */
  async recordSeen(tenantId: string, userId: string, day: string): Promise<void> {
    const seen = this.db.collection<{ _id: string }>('app_user_seen');
    const _id = `${tenantId}|${day}|${userId}`;
    if (await seen.findOne({ _id })) return;
    await mark(this.db, tenantId, { days: [day], isSettled: false });
    await seen.updateOne({ _id }, { $setOnInsert: { tenant: tenantId, day, user_id: userId } }, { upsert: true });
    await mark(this.db, tenantId, { days: [day], isSettled: true });
  }

  async seenSince(userIds: readonly string[], day: string): Promise<string[]> {
    const recent = { user_id: { $in: [...userIds] }, day: { $gte: day } };
    return (await this.db.collection('app_user_seen').distinct('user_id', recent)).map(String);
  }

  async keepDeparted(tenantId: string, population: Population, person: string, startAt: Date): Promise<void> {
    const key = { tenant: tenantId, population, person };
    await this.db.collection('app_departed').updateOne(key, { $set: { start_at: startAt } }, { upsert: true });
  }

  tenantsOfUser(userId: string) {
    return tenantsOfUser(this.db, userId);
  }

  eraseUserFigures(tenant: TenantSettings, userId: string) {
    return eraseUserFigures(this.db, tenant, userId);
  }

  async isErased(customerId: string): Promise<boolean> {
    const erased = { _id: customerId as never, erased_at: { $ne: null } };
    return (await this.db.collection('Customer').countDocuments(erased, { limit: 1 })) > 0;
  }

  async erasedSince(since: Date, tenantId?: string): Promise<{ tenantId: string; customerId: string }[]> {
    const mine = tenantId === undefined ? {} : { _p_tenant: pointer('Tenant', tenantId) };
    const found = this.db.collection('Customer').find({ ...mine, erased_at: { $gte: since } });
    const rows = await found.project<{ _id: string; _p_tenant: string }>({ _p_tenant: 1 }).toArray();
    return rows.map((row) => ({ tenantId: idOf(row._p_tenant) ?? '', customerId: row._id }));
  }

  eraseCustomer(tenant: TenantSettings, idOrExternalId: string, now: Date) {
    return eraseCustomer(this.db, tenant, idOrExternalId, now);
  }

  async addUsage(tenantId: string, day: string, name: string, value: number): Promise<void> {
    const key = { tenant: tenantId, day, name };
    await this.db.collection('app_usage_counter').updateOne(key, { $inc: { value } }, { upsert: true });
  }

  async recentlyUsed(limit: number): Promise<string[]> {
    const tenants = await this.db
      .collection('app_usage_counter')
      .aggregate<{ _id: string }>([
        { $group: { _id: '$tenant', day: { $max: '$day' }, value: { $sum: '$value' } } },
        { $sort: { day: -1, value: -1 } },
        { $limit: limit },
      ])
      .toArray();
    return tenants.map(({ _id }) => _id);
  }

  moneyByCurrency(tenantId: string, dimension: 'total' | 'cost', window: DayRange, key = '') {
    return figures.moneyByCurrency(this.db, tenantId, dimension, window, key);
  }

  moneyByDay(tenantId: string, currency: string, window: DayRange) {
    return figures.moneyByDay(this.db, tenantId, currency, window);
  }

  moneyByKey(tenantId: string, currency: string, dimension: 'channel' | 'product', window: DayRange) {
    return figures.moneyByKey(this.db, tenantId, currency, dimension, window);
  }

  moneyByPlan(tenant: TenantSettings, currency: string, window: DayRange) {
    return figures.moneyByPlan(this.db, tenant, currency, window);
  }

  recurring(tenantId: string, day: string) {
    return figures.recurring(this.db, tenantId, day);
  }

  payers(tenantId: string, currency: string, days: readonly string[]) {
    return figures.payers(this.db, tenantId, currency, days);
  }

  people(tenantId: string, query: PeopleQuery) {
    return figures.people(this.db, tenantId, query);
  }

  retention(tenantId: string, population: Population, cohort: Cohort, window: DayRange) {
    return figures.retention(this.db, tenantId, population, cohort, window);
  }

  performance(tenant: TenantSettings, window: DayRange) {
    return figures.performance(this.db, tenant, window);
  }
}
