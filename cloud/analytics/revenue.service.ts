import type { z } from 'zod';
import type { Ctx } from '../../core/context';
import { minorToMajor } from '../../values/money';
import { REVENUE_METRICS, type getRevenueAnalyticsContract } from './analytics.contract';
import { analyticsStore } from './analytics.store';
import type { DayRange, KeyMoney, TenantSettings } from './analytics.store.types';
import { periodKey, periodStarts } from './calendar';
import { explainFigures } from './explain';
import { readableTenant } from './folding.service';
import { assertFewKeys, assertFewPeriods } from './group-bounds';
import { figuresOf, growthRate, readMoney, type MoneyFigures } from './money-figures';
import { revenueWindowOf } from './window';

type Input = z.output<typeof getRevenueAnalyticsContract.input>;
type Output = z.input<typeof getRevenueAnalyticsContract.output>;
type GroupBy = NonNullable<Input['group_by']>;

/** A13. @throws AppError NOT_FOUND, VALIDATION_ERROR */
export async function readRevenue(ctx: Ctx, input: Input): Promise<Output> {
  const tenant = await readableTenant(ctx, input.tenant);
  const { window, previous } = revenueWindowOf(input, ctx.clock.now(), tenant.timeZone);
  if (input.group_by) assertFewPeriods(window, input.group_by);
  const money = await readMoney(tenant, window, input.currency);
  const { currency } = money;
  const before = await analyticsStore().moneyByCurrency(tenant.id, 'total', previous);
  const previousTotal = before.find((row) => row.currency === currency);
  const { total_revenue, mrr, arr } = figuresOf(money.total, money.recurring);
  const growth = growthRate(money.total.minor, previousTotal?.minor ?? 0n);
  const figures = { total_revenue, mrr, arr, growth_rate: growth };
  const asked = input.metrics ?? REVENUE_METRICS;
  const output: Output = {
    ...(Object.fromEntries(asked.map((name) => [name, figures[name]])) as Partial<typeof figures>),
    currency,
    by_currency: money.byCurrency,
  };
  if (input.group_by) output.groups = await readGroups(tenant, money, window, input.group_by);
  const reasons: Record<string, string> =
    growth === null && asked.includes('growth_rate') ? { growth_rate: 'The previous period has no revenue.' } : {};
  if (Object.keys(reasons).length) output.reasons = reasons;
  if (input.explain) {
    const counts = moneySources(money);
    counts['growth_rate'] = { purchases: money.total.entries, previous_purchases: previousTotal?.entries ?? 0 };
    output.explain = explainFigures(asked, counts, reasons);
  }
  return output;
}

/** Where the money figures come from, for `explain`. */
export function moneySources({ total, recurring }: MoneyFigures): Record<string, Record<string, number>> {
  const counted = { subscriptions: recurring.subscriptions, paying_customers: recurring.payers };
  return { total_revenue: { purchases: total.entries }, mrr: counted, arr: counted };
}

async function readGroups(
  tenant: TenantSettings,
  { currency, exponent }: MoneyFigures,
  window: DayRange,
  groupBy: GroupBy,
): Promise<{ key: string | null; total_revenue: number }[]> {
  const store = analyticsStore();
  const toGroup = ({ key, minor }: KeyMoney) => ({ key, total_revenue: minorToMajor(minor, exponent) });
  if (groupBy === 'plan' || groupBy === 'product' || groupBy === 'channel') {
    const rows =
      groupBy === 'plan'
        ? await store.moneyByPlan(tenant, currency, window)
        : await store.moneyByKey(tenant.id, currency, groupBy, window);
    assertFewKeys(groupBy, rows.length);
    return rows.sort(byKey).map(toGroup);
  }
  const sums = new Map(periodStarts(window, groupBy).map((day) => [periodKey(day, groupBy), 0n]));
  for (const { day, minor } of await store.moneyByDay(tenant.id, currency, window)) {
    const key = periodKey(day, groupBy);
    sums.set(key, (sums.get(key) ?? 0n) + minor);
  }
  return [...sums].map(([key, minor]) => toGroup({ key, minor }));
}

/** By code point, as both databases would not; without a key last. */
function byKey(a: KeyMoney, b: KeyMoney): number {
  if (a.key === null || b.key === null) return a.key === b.key ? 0 : a.key === null ? 1 : -1;
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}
