/** What other folders may use of the records. */
export { COST_KINDS, PURCHASE_STATUSES, SUBSCRIPTION_INTERVALS, SUBSCRIPTION_STATUSES } from './records.choices';
export { MAX_PROPERTIES_BYTES, MAX_TEXT_LENGTH } from './records.rules';
