/** What other folders may use of the records. */
export { COST_KINDS, PURCHASE_STATUSES, SUBSCRIPTION_INTERVALS, SUBSCRIPTION_STATUSES } from './facts.choices';
export {
  annualWorth,
  ENDS_BEFORE_START,
  endsBeforeStart,
  statusByDates,
  undatedEnd,
  type SubscriptionStatus,
} from './subscription.states';
export { MAX_PROPERTIES_BYTES, MAX_TEXT_LENGTH } from './facts.rules';
