import type { Ctx } from '../../core/context';
import { addDays, dayInZone } from '../../values/zone';
import { recentlyUsedTenants } from '../analytics/usage.service';
import { readRevenue } from '../analytics/revenue.service';
import { readRetention } from '../analytics/retention.service';
import { readPeople } from '../analytics/people.service';
import { tenantsForAdmin } from '../tenants/tenants.service';
import { saveNewViews, type SavedView } from './views.store';

export { deleteDashboardSession, readDashboardSession, saveDashboardSession } from './dashboard-sessions.store';
export { DASHBOARD_CONFIG_CLASS } from './views.schema';

/** A table with more would be neither read nor quick: each tenant's figures are asked for. */
const MAX_TENANTS = 50;
const DAYS = 30;
const MONTHS = 12;

/** Ids are fixed: by them a view is known over boots and versions. */
const VIEWS: readonly SavedView[] = [
  { id: 'appbackend-users', name: 'Users: last 30 days', cloudFunction: 'viewUserAnalytics' },
  { id: 'appbackend-customers', name: 'Customers: last 30 days', cloudFunction: 'viewCustomerAnalytics' },
  { id: 'appbackend-revenue', name: 'Revenue by month', cloudFunction: 'viewRevenueByMonth' },
  { id: 'appbackend-retention', name: 'Retention by month', cloudFunction: 'viewRetention' },
];

/** The names are the heads of the columns. */
type Cell = number | '';
type PeopleRow = Record<'Tenant' | 'From' | 'To', string> & Record<'Total' | 'Active' | 'New' | 'Churned', Cell>;
type RevenueRow = { Tenant: string; Month: string; Currency: string; Revenue: Cell };
type RetentionRow = { Tenant: string } & Record<string, string | number>;

/** Saves the views that Parse Dashboard shows to every admin. */
export function seedViews(): Promise<void> {
  return saveNewViews(VIEWS);
}

export function peopleTable(ctx: Ctx, population: 'users' | 'customers'): Promise<PeopleRow[]> {
  const rowsOf = async (tenant: string, timeZone: string): Promise<PeopleRow[]> => {
    const to = dayInZone(ctx.clock.now().getTime(), timeZone);
    const from = addDays(to, 1 - DAYS);
    const figures = await readPeople(ctx, { tenant, population, start_date: from, end_date: to });
    const { total_users = 0, active_users = 0, new_users = 0, churned_users = 0 } = figures;
    const counts = { Total: total_users, Active: active_users, New: new_users, Churned: churned_users };
    return [{ Tenant: tenant, From: from, To: to, ...counts }];
  };
  return forEachTenant(ctx, rowsOf, { From: '', To: '', Total: '', Active: '', New: '', Churned: '' });
}

export function revenueTable(ctx: Ctx): Promise<RevenueRow[]> {
  const rowsOf = async (tenant: string, timeZone: string): Promise<RevenueRow[]> => {
    const to = dayInZone(ctx.clock.now().getTime(), timeZone);
    const { groups = [], currency } = await readRevenue(ctx, {
      tenant,
      period: 'month',
      group_by: 'month',
      start_date: firstMonth(to),
      end_date: to,
    });
    return groups
      .map(({ key, total_revenue }) => ({
        Tenant: tenant,
        Month: key ?? '',
        Currency: currency,
        Revenue: total_revenue,
      }))
      .reverse();
  };
  return forEachTenant(ctx, rowsOf, { Month: '', Currency: '', Revenue: '' });
}

export function retentionTable(ctx: Ctx): Promise<RetentionRow[]> {
  const rowsOf = async (tenant: string, timeZone: string): Promise<RetentionRow[]> => {
    const to = dayInZone(ctx.clock.now().getTime(), timeZone);
    const { cohorts } = await readRetention(ctx, {
      tenant,
      population: 'customers',
      cohort: 'month',
      start_date: firstMonth(to),
      end_date: to,
    });
    return cohorts
      .filter(({ size }) => size > 0)
      .map(({ period, size, active }) => ({
        Tenant: tenant,
        Joined: period,
        People: size,
        ...percentages(size, active),
      }));
  };
  return forEachTenant(ctx, rowsOf, { Joined: '', People: '', ...percentages(0, []) });
}

/** Percent with one decimal; empty where the month has not come yet. */
function percentages(size: number, active: readonly (number | null)[]): Record<string, Cell> {
  return Object.fromEntries(
    Array.from({ length: MONTHS }, (_, month) => {
      const people = active[month] ?? null;
      return [`Month ${month} %`, people === null ? '' : Math.round((people / size) * 1000) / 10];
    }),
  );
}

/** The first day of the month eleven months before. */
function firstMonth(day: string): string {
  const [year, month] = day.split('-').map(Number) as [number, number];
  return new Date(Date.UTC(year, month - MONTHS, 1)).toISOString().slice(0, 10);
}

/** @param blank the other columns of the row that tells of tenants that are not shown */
async function forEachTenant<Row extends { Tenant: string }>(
  ctx: Ctx,
  rowsOf: (slug: string, timeZone: string) => Promise<Row[]>,
  blank: Omit<Row, 'Tenant'>,
): Promise<Row[]> {
  const first = await recentlyUsedTenants(MAX_TENANTS);
  const { tenants, total } = await tenantsForAdmin(ctx, { first, limit: MAX_TENANTS });
  const rows: Row[] = [];
  for (const { slug, settings } of tenants) rows.push(...(await rowsOf(slug, settings.time_zone)));
  const hidden = total - tenants.length;
  if (hidden > 0) rows.push({ Tenant: `${hidden} more, used less recently`, ...blank } as Row);
  return rows;
}
