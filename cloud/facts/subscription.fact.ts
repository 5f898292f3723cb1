import { defineFact } from './define';
import { checkSubscription } from './subscription.rules';
import { INTERVALS } from './subscription.worth';

const SUBSCRIPTION_STATUSES = ['active', 'trialing', 'past_due', 'cancelled'] as const;

export const subscription = defineFact({
  className: 'Subscription',
  dataType: 'subscriptions',
  businessId: 'subscription_id',
  dateField: 'started_at',
  indexes: [{ fields: ['customer'] }],
  fields: {
    customer: { kind: 'person', target: 'Customer', required: 'file', doc: 'a new one makes a Customer' },
    plan: { kind: 'text', required: true, maximum: 200, isAudited: true, isReadByRules: true },
    amount: { kind: 'money', required: true, doc: 'for one interval' },
    currency: { kind: 'currency', required: true },
    interval: { kind: 'choice', choices: INTERVALS, byDefault: 'month', isReadByRules: true },
    started_at: { kind: 'date', required: true },
    cancelled_at: { kind: 'date', isReadByRules: true, doc: 'not before `started_at`' },
    trial_ends_at: { kind: 'date', isReadByRules: true, doc: 'until then it is no recurring revenue' },
    status: {
      kind: 'choice',
      choices: SUBSCRIPTION_STATUSES,
      isReadByRules: true,
      doc: 'by its dates where it is not given',
    },
    subscription_id: { kind: 'id' },
    /** [{from ISO, annual_minor, currency, plan}] ascending: what it was worth from when on. */
    versions: { kind: 'server', type: 'Array' },
  },
  settles: ['status', 'cancelled_at', 'versions'],
  check: checkSubscription,
});
