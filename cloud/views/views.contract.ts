import { z } from 'zod';
import { defineContract, type Access } from '../../core/operation/contract';

/** Parse Dashboard calls with the master key and without parameters. */
const ACCESS: Access = { kind: 'roles', roles: ['admin', 'super_admin'] };
const nothing = z.object({});
const tenant = z.string();
const count = z.int();

const people = z.array(
  z.object({
    tenant_slug: tenant,
    window_start: z.iso.date(),
    window_until: z.iso.date(),
    total_users: count,
    active_users: count,
    new_users: count,
    churned_users: count,
  }),
);

export const viewUserAnalyticsContract = defineContract({
  name: 'viewUserAnalytics',
  summary: 'Users of the last 30 days, as a table',
  description: 'For the view of Parse Dashboard; one row a tenant (demo, default), the figures of getUserAnalytics.',
  tag: 'Dashboard views',
  rest: null,
  cloud: true,
  access: ACCESS,
  input: nothing,
  output: people,
  idempotency: 'none',
});

export const viewCustomerAnalyticsContract = defineContract({
  ...viewUserAnalyticsContract,
  name: 'viewCustomerAnalytics',
  summary: 'Customers of the last 30 days, as a table',
});

export const viewRevenueByMonthContract = defineContract({
  name: 'viewRevenueByMonth',
  summary: 'Revenue of the last twelve months, as a table',
  description:
    'One row a month and tenant, latest first, in the tenant’s currency; the figures of getRevenueAnalytics.',
  tag: 'Dashboard views',
  rest: null,
  cloud: true,
  access: ACCESS,
  input: nothing,
  output: z.array(
    z.object({ tenant_slug: tenant, calendar_month: z.string(), currency: z.string(), total_revenue: z.number() }),
  ),
  idempotency: 'none',
});

export const viewRetentionContract = defineContract({
  name: 'viewRetention',
  summary: 'Monthly retention of customers, as a table',
  description:
    'One row a cohort of the last twelve months and tenant: its size, and in `0_months`, `1_months`, … the percentage of it that ' +
    'was active so many months later; the figures of getRetention.',
  tag: 'Dashboard views',
  rest: null,
  cloud: true,
  access: ACCESS,
  input: nothing,
  output: z.array(z.record(z.string(), z.union([z.string(), z.number()]))),
  idempotency: 'none',
});
