import { defineOperation } from '../../core/operation/operation';
import {
  viewCustomerAnalyticsContract,
  viewRetentionContract,
  viewRevenueByMonthContract,
  viewUserAnalyticsContract,
} from './views.contract';
import { peopleTable, retentionTable, revenueTable } from './views.service';

export const viewOperations = [
  defineOperation(viewUserAnalyticsContract, (ctx) => peopleTable(ctx, 'users')),
  defineOperation(viewCustomerAnalyticsContract, (ctx) => peopleTable(ctx, 'customers')),
  defineOperation(viewRevenueByMonthContract, (ctx) => revenueTable(ctx)),
  defineOperation(viewRetentionContract, (ctx) => retentionTable(ctx)),
];
