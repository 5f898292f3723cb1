import { defineOperation } from '../../core/operation/operation';
import {
  eraseCustomerContract,
  getBusinessAnalyticsContract,
  getRetentionContract,
  getRevenueAnalyticsContract,
  getUserAnalyticsContract,
} from './analytics.contract';
import { readBusiness } from './business.service';
import { eraseCustomer } from './erasure.service';
import { readPeople } from './people.service';
import { readRetention } from './retention.service';
import { readRevenue } from './revenue.service';

export const analyticsOperations = [
  defineOperation(getBusinessAnalyticsContract, readBusiness),
  defineOperation(getUserAnalyticsContract, readPeople),
  defineOperation(getRevenueAnalyticsContract, readRevenue),
  defineOperation(getRetentionContract, readRetention),
  defineOperation(eraseCustomerContract, eraseCustomer),
];
