import type { Ctx } from '../../core/context';
import { addDays, dayInZone } from '../../core/zone';
import { readPeople, readRetention, readRevenue } from '../analytics/analytics.service';
import { tenantBySlug } from '../tenants/tenants.service';
import { saveNewViews, type SavedView } from './views.store';

export { DASHBOARD_CONFIG_CLASS } from './views.schema';

/** Tenants whose figures the views show, where they exist. */
const TENANT_SLUGS = ['demo', 'default'] as const;
const DAYS = 30;
const MONTHS = 12;

/** Ids are fixed: by them a view is known over boots and versions. */
const VIEWS: readonly SavedView[] = [
  { id: 'appbackend-users', name: 'Users: last 30 days', cloudFunction: 'viewUserAnalytics' },
  { id: 'appbackend-customers', name: 'Customers: last 30 days', cloudFunction: 'viewCustomerAnalytics' },
  { id: 'appbackend-revenue', name: 'Revenue by month', cloudFunction: 'viewRevenueByMonth' },
  { id: 'appbackend-retention', name: 'Retention by month', cloudFunction: 'viewRetention' },
];

/** Parse Dashboard makes a column as wide as its name and values with little to spare: long names keep dates readable. */
type PeopleRow = Record<'tenant_slug' | 'window_start' | 'window_until', string> &
  Record<'total_users' | 'active_users' | 'new_users' | 'churned_users', number>;
type RevenueRow = { tenant_slug: string; calendar_month: string; currency: string; total_revenue: number };
type RetentionRow = Record<string, string | number>;

/** Saves the views that Parse Dashboard shows to every admin. */
export function seedViews(): Promise<void> {
  return saveNewViews(VIEWS);
}

export function peopleTable(ctx: Ctx, population: 'users' | 'customers'): Promise<PeopleRow[]> {
  return forEachTenant(async (tenant, timeZone) => {
    const to = dayInZone(ctx.clock.now().getTime(), timeZone);
    const from = addDays(to, 1 - DAYS);
    const figures = await readPeople(ctx, { tenant, population, start_date: from, end_date: to });
    const { total_users = 0, active_users = 0, new_users = 0, churned_users = 0 } = figures;
    return [
      {
        tenant_slug: tenant,
        window_start: from,
        window_until: to,
        total_users,
        active_users,
        new_users,
        churned_users,
      },
    ];
  });
}

export function revenueTable(ctx: Ctx): Promise<RevenueRow[]> {
  return forEachTenant(async (tenant, timeZone) => {
    const to = dayInZone(ctx.clock.now().getTime(), timeZone);
    const { groups = [], currency } = await readRevenue(ctx, {
      tenant,
      period: 'month',
      group_by: 'month',
      start_date: firstMonth(to),
      end_date: to,
    });
    return groups
      .map(({ key, total_revenue }) => ({ tenant_slug: tenant, calendar_month: key ?? '', currency, total_revenue }))
      .reverse();
  });
}

export function retentionTable(ctx: Ctx): Promise<RetentionRow[]> {
  return forEachTenant(async (tenant, timeZone) => {
    const to = dayInZone(ctx.clock.now().getTime(), timeZone);
    const { cohorts } = await readRetention(ctx, {
      tenant,
      population: 'customers',
      cohort: 'month',
      start_date: firstMonth(to),
      end_date: to,
    });
    return cohorts.map(({ period, size, active }) => ({
      tenant_slug: tenant,
      cohort_month: period,
      size,
      ...percentages(size, active),
    }));
  });
}

/** Percent with one decimal; empty where the month has not come yet, or the cohort has nobody. */
function percentages(size: number, active: readonly (number | null)[]): Record<string, number | string> {
  return Object.fromEntries(
    Array.from({ length: MONTHS }, (_, month) => {
      const people = active[month] ?? null;
      return [`${month}_months`, people === null || size === 0 ? '' : Math.round((people / size) * 1000) / 10];
    }),
  );
}

/** The first day of the month eleven months before. */
function firstMonth(day: string): string {
  const [year, month] = day.split('-').map(Number) as [number, number];
  return new Date(Date.UTC(year, month - MONTHS, 1)).toISOString().slice(0, 10);
}

async function forEachTenant<Row>(rowsOf: (slug: string, timeZone: string) => Promise<Row[]>): Promise<Row[]> {
  const rows: Row[] = [];
  for (const slug of TENANT_SLUGS) {
    const tenant = await tenantBySlug(slug);
    if (tenant) rows.push(...(await rowsOf(slug, tenant.settings.time_zone)));
  }
  return rows;
}
