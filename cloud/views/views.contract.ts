import { z } from 'zod';
import { defineContract, type Access } from '../../core/operation/contract';

/** Parse Dashboard calls with the master key and without parameters. */
const ACCESS: Access = { kind: 'roles', roles: ['admin', 'super_admin'] };
const nothing = z.object({});
/** The last row may tell how many tenants are not shown; its other columns are empty. */
const text = z.string();
const number = z.union([z.number(), z.literal('')]);
const TENANTS = 'the 50 tenants used last, and a last row that tells of more';

const people = z.array(
  z.object({ Tenant: text, From: text, To: text, Total: number, Active: number, New: number, Churned: number }),
);

export const viewUserAnalyticsContract = defineContract({
  name: 'viewUserAnalytics',
  summary: 'Users of the last 30 days, as a table',
  description: `For the view of Parse Dashboard; one row a tenant (${TENANTS}), the figures of getUserAnalytics.`,
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
  description: `One row a month and tenant (${TENANTS}), latest first, in the tenant’s currency; the figures of getRevenueAnalytics.`,
  tag: 'Dashboard views',
  rest: null,
  cloud: true,
  access: ACCESS,
  input: nothing,
  output: z.array(z.object({ Tenant: text, Month: text, Currency: text, Revenue: number })),
  idempotency: 'none',
});

export const viewRetentionContract = defineContract({
  name: 'viewRetention',
  summary: 'Monthly retention of customers, as a table',
  description:
    `One row a cohort of the last twelve months that has somebody, and tenant (${TENANTS}): its size, and in “Month 0 %”, ` +
    '“Month 1 %”, … how much of it was active so many months later; the figures of getRetention.',
  tag: 'Dashboard views',
  rest: null,
  cloud: true,
  access: ACCESS,
  input: nothing,
  output: z.array(z.record(z.string(), z.union([z.string(), z.number()]))),
  idempotency: 'none',
});
