/** What other folders may use of the facts: pure, so that contracts may, too. */
export { minorOrFault } from './amounts';
export { ITEM_FIELDS, PURCHASE_STATUSES } from './purchase.fact';
export {
  FactFault,
  fileNameOf,
  maximumOf,
  minorOf,
  valuesOf,
  type Fact,
  type FactField,
  type FactKind,
  type FactValues,
} from './define';
export { FACTS } from './facts';
export { isStorableJson } from './json-value';
export { hasUnstorable } from './texts';
export { annualMinorOf, INTERVALS_PER_YEAR, type SubscriptionVersion } from './subscription.worth';
