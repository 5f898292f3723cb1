import { z } from 'zod';
import { defineContract } from '../../core/operation/contract';
import type { Access } from '../../core/operation/contract';
import { CUSTOMER_FACTS } from './personal-facts';

const ACCESS: Access = { kind: 'roles', roles: ['analyst', 'admin', 'super_admin', 'tenant:admin', 'tenant:owner'] };

/** Part of the ten seconds within which a live change shows: see FRESHNESS in folding.service.ts. */
const CACHE_SECONDS = 3;

const day = z.iso.date().describe('A whole day, inclusive, in the tenant’s time zone: 2021-03-01.');
const population = z.enum(['users', 'customers']).describe('Whose figures: users of the backend, or the customers.');
const explain = z.boolean().describe('Adds `explain`: formula, inclusions and source counts of each figure.');
const tenant = z.string().min(1).max(200).describe('Id or slug of the tenant; platform admins may name any.');
const currency = z
  .string()
  .regex(/^[A-Za-z]{3}$/, 'must be an ISO 4217 code such as USD')
  .describe('ISO 4217 code; default the only one the tenant has, else its default.');

const window = { start_date: day.optional(), end_date: day.optional() };
const common = { tenant: tenant.optional(), explain: explain.optional() };

const count = z.int().min(0);
/** Major units with the currency's decimals. */
const money = z.number();
const percent = z.number();

const explanation = z.object({
  formula: z.string(),
  includes: z.string(),
  excludes: z.string().optional(),
  source_counts: z.record(z.string(), z.number()),
  reason: z.string().optional(),
});
const explained = { explain: z.record(z.string(), explanation).optional() };
const reasons = z.record(z.string(), z.string()).describe('Why a figure is null.');

const byCurrency = z.array(z.object({ currency: z.string(), total_revenue: money, mrr: money, arr: money }));

export const USER_METRICS = ['total_users', 'active_users', 'new_users', 'churned_users'] as const;
export const REVENUE_METRICS = ['total_revenue', 'mrr', 'arr', 'growth_rate'] as const;
export const BUSINESS_METRICS = [
  'total_users',
  'active_users',
  'new_users_monthly',
  'churn_rate',
  'total_revenue',
  'mrr',
  'arr',
  'ltv',
  'cac',
  'api_calls',
  'data_processed',
  'jobs_completed',
  'average_job_time',
] as const;

export const getUserAnalyticsContract = defineContract({
  name: 'getUserAnalytics',
  summary: 'Counts of people in a window of days',
  description:
    'total_users: people whose start is on or before end_date. new_users: start inside the window. active_users: ' +
    'active inside it. churned_users: active in the equal window before, and not inside.',
  tag: 'Business analytics',
  rest: { method: 'GET', path: '/business/analytics/users', status: 200 },
  cloud: true,
  access: ACCESS,
  idempotency: 'none',
  cacheSeconds: CACHE_SECONDS,
  errors: ['NOT_FOUND'],
  input: z.strictObject({
    ...window,
    population: population.default('users'),
    metrics: z.array(z.enum(USER_METRICS)).min(1).optional(),
    ...common,
  }),
  output: z.object({
    total_users: count.optional(),
    active_users: count.optional(),
    new_users: count.optional(),
    churned_users: count.optional(),
    ...explained,
  }),
});

export const getRevenueAnalyticsContract = defineContract({
  name: 'getRevenueAnalytics',
  summary: 'Revenue of a period, MRR and ARR at its end',
  description:
    'Money in major units. total_revenue: sum of paid purchases, negative ones included. mrr and arr: as of the end ' +
    'of end_date. growth_rate: percent against the previous equal window (with `period` alone: the previous ' +
    'calendar period), one decimal; null when only the previous one is 0.',
  tag: 'Business analytics',
  rest: { method: 'GET', path: '/business/analytics/revenue', status: 200 },
  cloud: true,
  access: ACCESS,
  idempotency: 'none',
  cacheSeconds: CACHE_SECONDS,
  errors: ['NOT_FOUND'],
  input: z.strictObject({
    ...window,
    period: z.enum(['day', 'week', 'month', 'quarter', 'year']).default('month'),
    group_by: z.enum(['day', 'week', 'month', 'plan', 'product', 'channel']).optional(),
    currency: currency.optional(),
    metrics: z.array(z.enum(REVENUE_METRICS)).min(1).optional(),
    ...common,
  }),
  output: z.object({
    total_revenue: money.optional(),
    mrr: money.optional(),
    arr: money.optional(),
    growth_rate: percent.nullable().optional(),
    currency: z.string(),
    by_currency: byCurrency,
    groups: z.array(z.object({ key: z.string().nullable(), total_revenue: money })).optional(),
    reasons: reasons.optional(),
    ...explained,
  }),
});

export const getBusinessAnalyticsContract = defineContract({
  name: 'getBusinessAnalytics',
  summary: 'People, revenue and performance at a glance',
  description:
    'churn_rate in percent of total_users. new_users_monthly: new in the 30 days that end on end_date. ltv: MRR per ' +
    'paying customer ÷ mean monthly customer churn of the six months before. cac: acquisition cost ÷ new customers. ' +
    'data_processed: bytes read by completed jobs, as text. average_job_time in seconds.',
  tag: 'Business analytics',
  rest: { method: 'GET', path: '/business/analytics', status: 200 },
  cloud: true,
  access: ACCESS,
  idempotency: 'none',
  cacheSeconds: CACHE_SECONDS,
  errors: ['NOT_FOUND'],
  input: z.strictObject({
    ...window,
    population: population.default('users'),
    currency: currency.optional(),
    metrics: z.array(z.enum(BUSINESS_METRICS)).min(1).optional(),
    ...common,
  }),
  output: z.object({
    user_metrics: z
      .object({
        total_users: count.optional(),
        active_users: count.optional(),
        new_users_monthly: count.optional(),
        churn_rate: percent.optional(),
      })
      .optional(),
    revenue_metrics: z
      .object({
        total_revenue: money.optional(),
        mrr: money.optional(),
        arr: money.optional(),
        ltv: money.nullable().optional(),
        cac: money.nullable().optional(),
        currency: z.string(),
        by_currency: byCurrency,
      })
      .optional(),
    performance_metrics: z
      .object({
        api_calls: count.optional(),
        data_processed: z.string().optional(),
        jobs_completed: count.optional(),
        average_job_time: z.number().nullable().optional(),
      })
      .optional(),
    reasons: reasons.optional(),
    ...explained,
  }),
});

export const getRetentionContract = defineContract({
  name: 'getRetention',
  summary: 'Retention of the cohorts that start in a range',
  description:
    'N-period retention: active[k] is how many of the cohort were active k periods after the period of their start. ' +
    'Whole calendar periods whose first day lies in the range; activity is counted to end_date, later cells are null.',
  tag: 'Business analytics',
  rest: { method: 'GET', path: '/business/analytics/retention', status: 200 },
  cloud: true,
  access: ACCESS,
  idempotency: 'none',
  cacheSeconds: CACHE_SECONDS,
  errors: ['NOT_FOUND'],
  input: z.strictObject({
    ...window,
    population: population.default('users'),
    cohort: z.enum(['day', 'week', 'month']).default('month'),
    ...common,
  }),
  output: z.object({
    cohorts: z.array(z.object({ period: z.string(), size: count, active: z.array(count.nullable()) })),
    ...explained,
  }),
});

export const eraseCustomerContract = defineContract({
  name: 'eraseCustomer',
  summary: 'Erase a customer (GDPR article 17)',
  description:
    'Purchases and subscriptions become anonymous (revenue and MRR stay), events lose the person and their ' +
    'properties, the customer’s fields are emptied, and counts of people drop. Repeating it by ' +
    'objectId is safe and finishes what a crash left.',
  tag: 'Business analytics',
  rest: { method: 'POST', path: '/customers/{customer_id}/erase', status: 200 },
  cloud: true,
  access: { kind: 'roles', roles: ['admin', 'super_admin', 'tenant:admin', 'tenant:owner'] },
  idempotency: 'key',
  errors: ['NOT_FOUND'],
  input: z.strictObject({
    customer_id: z.string().min(1).max(1000).describe('objectId or external_id of the customer.'),
    tenant: tenant.optional(),
  }),
  output: z.object({
    id: z.string(),
    status: z.literal('erased'),
    ...Object.fromEntries(CUSTOMER_FACTS.map(({ dataType }) => [dataType, count])),
  }),
});
