import { cost } from './cost.fact';
import { customer } from './customer.fact';
import type { Fact } from './define';
import { event } from './event.fact';
import { product } from './product.fact';
import { purchase } from './purchase.fact';
import { subscription } from './subscription.fact';

/** All facts. Classes, triggers, data types of imports, marks, erasure and audit follow from them. */
export const FACTS: readonly Fact[] = [
  // In the order in which they are shown.
  customer,
  purchase,
  subscription,
  event,
  cost,
  product,
];
