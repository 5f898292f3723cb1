import type { z } from 'zod';
import type { Ctx } from '../../core/context';
import { divideHalfUp, minorToMajor } from '../../values/money';
import { BUSINESS_METRICS, type getBusinessAnalyticsContract } from './analytics.contract';
import { analyticsStore } from './analytics.store';
import type { DayRange, PeopleCounts, TenantSettings } from './analytics.store.types';
import { explainFigures } from './explain';
import { readableTenant } from './folding.service';
import { figuresOf, readMoney, type MoneyFigures } from './money-figures';
import { countPeople, peopleSources } from './people.service';
import { moneySources } from './revenue.service';
import { monthEndsBefore, windowOf } from './window';

type Input = z.output<typeof getBusinessAnalyticsContract.input>;
type Output = z.input<typeof getBusinessAnalyticsContract.output>;
type Metric = (typeof BUSINESS_METRICS)[number];

/** A group of figures with what explains them. */
interface Part<T> {
  figures: T;
  reasons: Record<string, string>;
  counts: Record<string, Record<string, number>>;
}

const CHURN_MONTHS = 6;

/** A11. @throws AppError NOT_FOUND, VALIDATION_ERROR */
export async function readBusiness(ctx: Ctx, input: Input): Promise<Output> {
  const tenant = await readableTenant(ctx, input.tenant);
  const window = windowOf(input, ctx.clock.now(), tenant.timeZone);
  const [people, revenue, performance] = await Promise.all([
    peoplePart(tenant, input, window),
    revenuePart(tenant, input, window),
    performancePart(tenant, window),
  ]);
  const asked: readonly Metric[] = input.metrics ?? BUSINESS_METRICS;
  const all: Record<string, string> = { ...people.reasons, ...revenue.reasons, ...performance.reasons };
  const reasons = Object.fromEntries(Object.entries(all).filter(([name]) => asked.includes(name as Metric)));
  const revenueMetrics = pick(revenue.figures, asked);
  const { currency, by_currency } = revenue.figures;
  return {
    ...part('user_metrics', pick(people.figures, asked)),
    ...part('revenue_metrics', revenueMetrics && { ...revenueMetrics, currency, by_currency }),
    ...part('performance_metrics', pick(performance.figures, asked)),
    ...part('reasons', Object.keys(reasons).length ? reasons : undefined),
    ...part(
      'explain',
      input.explain
        ? explainFigures(asked, { ...people.counts, ...revenue.counts, ...performance.counts }, reasons)
        : undefined,
    ),
  };
}

async function peoplePart(tenant: TenantSettings, input: Input, window: DayRange) {
  const counts = await countPeople(tenant.id, input.population, window);
  const figures = {
    total_users: counts.total,
    active_users: counts.active,
    new_users_monthly: counts.startedMonthly,
    churn_rate: churnRate(counts),
  };
  return { figures, reasons: {}, counts: peopleSources(counts) } satisfies Part<typeof figures>;
}

/** Percent of all people; nobody at all means nobody lost. */
function churnRate({ churned, total }: PeopleCounts): number {
  return total ? (churned * 100) / total : 0;
}

async function revenuePart(tenant: TenantSettings, input: Input, window: DayRange) {
  const money = await readMoney(tenant, window, input.currency);
  const [ltv, cac] = await Promise.all([lifetimeValue(tenant, money, window), acquisitionCost(tenant, money, window)]);
  const { total_revenue, mrr, arr } = figuresOf(money.total, money.recurring);
  const figures = {
    total_revenue,
    mrr,
    arr,
    ltv: ltv.value,
    cac: cac.value,
    currency: money.currency,
    by_currency: money.byCurrency,
  };
  return {
    figures,
    reasons: { ...named('ltv', ltv.reason), ...named('cac', cac.reason) },
    counts: { ...moneySources(money), ltv: ltv.counts, cac: cac.counts },
  } satisfies Part<typeof figures>;
}

interface Ratio {
  /** Major units. */
  value: number | null;
  reason?: string;
  counts: Record<string, number>;
}

async function lifetimeValue(tenant: TenantSettings, money: MoneyFigures, window: DayRange): Promise<Ratio> {
  const ends = monthEndsBefore(window.to, CHURN_MONTHS);
  const months = await analyticsStore().payers(tenant.id, money.currency, ends);
  const paying = months.reduce((sum, month) => sum + month.payers, 0);
  const lost = months.reduce((sum, month) => sum + month.lost, 0);
  const { payers, annualMinor } = money.recurring;
  const counts = { paying_customers: payers, customer_months: paying, customers_lost: lost };
  if (!payers) return { value: null, reason: 'No customer pays a subscription at end_date.', counts };
  if (!paying) return { value: null, reason: 'Nobody paid a subscription in the six months before.', counts };
  if (!lost) return { value: null, reason: 'No customer was lost in the six months before.', counts };
  // (annual / 12 / payers) / (lost / paying), divided once, so rounded once.
  const minor = divideHalfUp(annualMinor * BigInt(paying), 12n * BigInt(payers) * BigInt(lost));
  return { value: minorToMajor(minor, money.exponent), counts };
}

async function acquisitionCost(tenant: TenantSettings, money: MoneyFigures, window: DayRange): Promise<Ratio> {
  const costs = await analyticsStore().moneyByCurrency(tenant.id, 'cost', window, 'acquisition');
  const cost = costs.find((row) => row.currency === money.currency);
  const { started } = await countPeople(tenant.id, 'customers', window);
  const counts = { costs: cost?.entries ?? 0, new_customers: started };
  if (!cost?.entries) return { value: null, reason: 'No acquisition costs are recorded in the window.', counts };
  if (!started) return { value: null, reason: 'No customer started in the window.', counts };
  return { value: minorToMajor(divideHalfUp(cost.minor, BigInt(started)), money.exponent), counts };
}

async function performancePart(tenant: TenantSettings, window: DayRange) {
  const { apiCalls, inputBytes, jobs, jobMs } = await analyticsStore().performance(tenant, window);
  const figures = {
    api_calls: apiCalls,
    data_processed: bytesText(inputBytes),
    jobs_completed: jobs,
    average_job_time: jobs ? Math.round(jobMs / jobs) / 1000 : null,
  };
  const counted = { jobs };
  return {
    figures,
    reasons: named('average_job_time', jobs ? undefined : 'No job was completed in the window.'),
    counts: {
      api_calls: { calls: apiCalls },
      data_processed: { bytes: inputBytes, jobs },
      jobs_completed: counted,
      average_job_time: counted,
    },
  } satisfies Part<typeof figures>;
}

/** `500GB`, `1.5MB`: powers of 1000, one decimal where there is one. */
export function bytesText(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];
  let unit = 0;
  let value = bytes;
  // 999.95 would be written as 1000.0.
  for (; value >= 999.95 && unit < units.length - 1; unit += 1) value /= 1000;
  return `${Number(value.toFixed(1))}${units[unit]}`;
}

function pick<T extends object>(figures: T, asked: readonly Metric[]): Partial<T> | undefined {
  const entries = Object.entries(figures).filter(([name]) => asked.includes(name as Metric));
  return entries.length ? (Object.fromEntries(entries) as Partial<T>) : undefined;
}

function part<K extends string, T>(name: K, value: T | undefined): { [name in K]?: T } {
  return value === undefined ? {} : ({ [name]: value } as { [name in K]?: T });
}

function named(name: string, reason: string | undefined): Record<string, string> {
  return reason ? { [name]: reason } : {};
}
