import type { Db, Document } from 'mongodb';
import { dayInZone, startOfDay, addDays } from '../../../values/zone';
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
import { periodStart } from '../calendar';
import { idOf, pointer } from './facts';

const within = (window: DayRange): Document => ({ $gte: window.from, $lte: window.to });
const toMinor = (value: number): bigint => BigInt(Math.round(value));

export async function moneyByCurrency(
  db: Db,
  tenantId: string,
  dimension: 'total' | 'cost',
  window: DayRange,
  key: string,
): Promise<CurrencyMoney[]> {
  const isInside = { $and: [{ $gte: ['$day', window.from] }, { $lte: ['$day', window.to] }] };
  const rows = await db
    .collection('app_rollup_money')
    .aggregate<{ _id: string; minor: number; entries: number }>([
      { $match: { tenant: tenantId, dimension, key } },
      {
        $group: {
          _id: '$currency',
          minor: { $sum: { $cond: [isInside, '$minor', 0] } },
          entries: { $sum: { $cond: [isInside, '$entries', 0] } },
        },
      },
      { $sort: { _id: 1 } },
    ])
    .toArray();
  return rows.map(({ _id, minor, entries }) => ({ currency: _id, minor: toMinor(minor), entries }));
}

export async function moneyByDay(db: Db, tenantId: string, currency: string, window: DayRange): Promise<DayMoney[]> {
  const rows = await db
    .collection('app_rollup_money')
    .find({ tenant: tenantId, dimension: 'total', currency, day: within(window) })
    .sort({ day: 1 })
    .toArray();
  return rows.map((row) => ({ day: row['day'] as string, minor: toMinor(row['minor'] as number) }));
}

export async function moneyByKey(
  db: Db,
  tenantId: string,
  currency: string,
  dimension: 'channel' | 'product',
  window: DayRange,
): Promise<KeyMoney[]> {
  const rows = await db
    .collection('app_rollup_money')
    .aggregate<{ _id: string; minor: number }>([
      { $match: { tenant: tenantId, dimension, currency, day: within(window) } },
      { $group: { _id: '$key', minor: { $sum: '$minor' } } },
    ])
    .toArray();
  return rows.map(({ _id, minor }) => ({ key: _id || null, minor: toMinor(minor) }));
}

/** Reads the facts of the window: which plan a purchase belongs to depends on two facts. */
export async function moneyByPlan(
  db: Db,
  tenant: TenantSettings,
  currency: string,
  window: DayRange,
): Promise<KeyMoney[]> {
  const spansByPayer = new Map<string, Document[]>();
  const newestFirst = { start_day: -1, subscription: -1 } as const;
  for await (const span of db.collection('app_subscription_span').find({ tenant: tenant.id }).sort(newestFirst)) {
    const spans = spansByPayer.get(span['payer'] as string);
    if (spans) spans.push(span);
    else spansByPayer.set(span['payer'] as string, [span]);
  }
  const bought = db.collection('Purchase').find({
    _p_tenant: pointer('Tenant', tenant.id),
    status: 'paid',
    currency,
    purchased_at: {
      $gte: new Date(startOfDay(window.from, tenant.timeZone)),
      $lt: new Date(startOfDay(addDays(window.to, 1), tenant.timeZone)),
    },
  });
  const sums = new Map<string | null, number>();
  for await (const fact of bought) {
    const day = dayInZone((fact['purchased_at'] as Date).getTime(), tenant.timeZone);
    const spans = spansByPayer.get(idOf(fact['_p_customer']) ?? '') ?? [];
    const plan = (spans.find((span) => holds(span, day))?.['plan'] as string | null | undefined) ?? null;
    sums.set(plan, (sums.get(plan) ?? 0) + ((fact['total_minor'] as number | null) ?? 0));
  }
  return [...sums].map(([key, minor]) => ({ key, minor: toMinor(minor) }));
}

function holds(span: Document, day: string): boolean {
  return (span['from_day'] as string) <= day && (span['to_day'] === null || (span['to_day'] as string) > day);
}

export async function recurring(db: Db, tenantId: string, day: string): Promise<Recurring[]> {
  const isHeld = {
    $and: [{ $lte: ['$from_day', day] }, { $or: [{ $eq: ['$to_day', null] }, { $gt: ['$to_day', day] }] }],
  };
  const isWorth = { $and: [isHeld, { $ne: ['$annual_minor', 0] }] };
  const rows = await db
    .collection('app_subscription_span')
    .aggregate<{ _id: string; annual: number; subscriptions: number; payers: number }>([
      { $match: { tenant: tenantId } },
      {
        $group: {
          _id: { currency: '$currency', payer: '$payer' },
          annual: { $sum: { $cond: [isHeld, '$annual_minor', 0] } },
          subscriptions: { $sum: { $cond: [isWorth, 1, 0] } },
        },
      },
      {
        $group: {
          _id: '$_id.currency',
          annual: { $sum: '$annual' },
          subscriptions: { $sum: '$subscriptions' },
          payers: { $sum: { $cond: [{ $gt: ['$annual', 0] }, 1, 0] } },
        },
      },
      { $sort: { _id: 1 } },
    ])
    .toArray();
  return rows.map(({ _id, annual, subscriptions, payers: paying }) => ({
    currency: _id,
    annualMinor: toMinor(annual),
    subscriptions,
    payers: paying,
  }));
}

export async function payers(
  db: Db,
  tenantId: string,
  currency: string,
  days: readonly string[],
): Promise<PayerCount[]> {
  const worths = days.map(() => new Map<string, number>());
  for await (const span of db.collection('app_subscription_span').find({ tenant: tenantId, currency })) {
    days.forEach((day, index) => {
      if (!holds(span, day)) return;
      const worth = worths[index]!;
      const payer = span['payer'] as string;
      worth.set(payer, (worth.get(payer) ?? 0) + (span['annual_minor'] as number));
    });
  }
  const paying = worths.map((worth) => new Set([...worth].filter(([, annual]) => annual > 0).map(([payer]) => payer)));
  return paying.slice(0, -1).map((now, index) => ({
    payers: now.size,
    lost: [...now].filter((payer) => !paying[index + 1]!.has(payer)).length,
  }));
}

export async function people(db: Db, tenantId: string, query: PeopleQuery): Promise<PeopleCounts> {
  const { population, window, previousFrom, monthFrom } = query;
  const starts = db.collection('app_person_start');
  const mine = { tenant: tenantId, population };
  const activity = db
    .collection('app_person_day')
    .aggregate<{ _id: number; people: number }>([
      { $match: { ...mine, day: { $gte: previousFrom, $lte: window.to }, active: true } },
      { $group: { _id: '$person', inside: { $max: { $cond: [{ $gte: ['$day', window.from] }, 1, 0] } } } },
      { $group: { _id: '$inside', people: { $sum: 1 } } },
    ])
    .toArray();
  const [total, started, startedMonthly, rows] = await Promise.all([
    starts.countDocuments({ ...mine, start_day: { $lte: window.to } }),
    starts.countDocuments({ ...mine, start_day: within(window) }),
    starts.countDocuments({ ...mine, start_day: within({ from: monthFrom, to: window.to }) }),
    activity,
  ]);
  const countOf = (inside: number): number => rows.find((row) => row._id === inside)?.people ?? 0;
  return { total, started, startedMonthly, active: countOf(1), churned: countOf(0) };
}

export async function retention(
  db: Db,
  tenantId: string,
  population: Population,
  cohort: Cohort,
  window: DayRange,
): Promise<RetentionRow[]> {
  const mine = { tenant: tenantId, population };
  const cohortOf = new Map<string, string>();
  const counts = new Map<string, number>();
  const count = (key: string): void => {
    counts.set(key, (counts.get(key) ?? 0) + 1);
  };
  for await (const row of db.collection('app_person_start').find({ ...mine, start_day: within(window) })) {
    const start = periodStart(row['start_day'] as string, cohort);
    cohortOf.set(row['person'] as string, start);
    count(`${start}:`);
  }
  const seen = new Set<string>();
  for await (const row of db.collection('app_person_day').find({ ...mine, day: within(window), active: true })) {
    const start = cohortOf.get(row['person'] as string);
    if (start === undefined) continue;
    const period = periodStart(row['day'] as string, cohort);
    const key = `${period}:${row['person'] as string}`;
    if (seen.has(key)) continue;
    seen.add(key);
    count(`${start}:${period}`);
  }
  return [...counts].map(([key, number]) => {
    const [start = '', period] = key.split(':');
    return { cohort: start, period: period || null, people: number };
  });
}

export async function performance(db: Db, tenant: TenantSettings, window: DayRange): Promise<Performance> {
  const counters = db
    .collection('app_usage_counter')
    .find({ tenant: tenant.id, name: 'api_calls', day: within(window) });
  let apiCalls = 0;
  for await (const counter of counters) apiCalls += counter['value'] as number;
  const done: Performance = { apiCalls, inputBytes: 0, jobs: 0, jobMs: 0 };
  const jobs = db.collection('DataJob').find({
    _p_tenant: pointer('Tenant', tenant.id),
    status: 'completed',
    completed_at: {
      $gte: new Date(startOfDay(window.from, tenant.timeZone)),
      $lt: new Date(startOfDay(addDays(window.to, 1), tenant.timeZone)),
    },
  });
  for await (const job of jobs.project({ input_bytes: 1, started_at: 1, completed_at: 1 })) {
    done.jobs += 1;
    done.inputBytes += (job['input_bytes'] as number | undefined) ?? 0;
    const startedAt = job['started_at'] as Date | undefined;
    if (startedAt) done.jobMs += (job['completed_at'] as Date).getTime() - startedAt.getTime();
  }
  return done;
}
