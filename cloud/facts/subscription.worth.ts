/** How many of an interval make a year: exact, so that ARR is a sum of integers. */
export const INTERVALS_PER_YEAR = { day: 365, week: 52, month: 12, quarter: 4, year: 1 } as const;
export type Interval = keyof typeof INTERVALS_PER_YEAR;
export const INTERVALS = Object.keys(INTERVALS_PER_YEAR) as Interval[];
/** Of a subscription that says none. */
const DEFAULT_INTERVAL: Interval = 'month';

/** @param amountMinor minor units an interval @param interval one of {@link INTERVALS}; others count as none */
export function annualMinorOf(amountMinor: number, interval: unknown): number {
  const isKnown = typeof interval === 'string' && Object.hasOwn(INTERVALS_PER_YEAR, interval);
  return amountMinor * INTERVALS_PER_YEAR[isKnown ? (interval as Interval) : DEFAULT_INTERVAL];
}

/** What a subscription was worth from an instant on. */
export interface SubscriptionVersion {
  /** ISO 8601. */
  from: string;
  annual_minor: number;
  currency: string;
  plan: string | null;
}
