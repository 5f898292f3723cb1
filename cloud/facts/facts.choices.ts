import { INTERVALS_PER_YEAR, type Interval } from '../analytics/analytics.service';

/** Closed sets of values of the facts, for their classes and for imports. The first one of each is the default. */
export const PURCHASE_STATUSES = ['paid', 'pending', 'refunded', 'cancelled'] as const;
export const SUBSCRIPTION_STATUSES = ['active', 'trialing', 'past_due', 'cancelled'] as const;
export const SUBSCRIPTION_INTERVALS = Object.keys(INTERVALS_PER_YEAR) as Interval[];
export const COST_KINDS = ['other', 'acquisition'] as const;
