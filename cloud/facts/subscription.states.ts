import { invalidField } from '../../core/operation/issues';
import { annualMinorOf, type Interval } from '../analytics/analytics.service';
import type { SUBSCRIPTION_STATUSES } from './facts.choices';

export type SubscriptionStatus = (typeof SUBSCRIPTION_STATUSES)[number];

/** Dates of a subscription in milliseconds since 1970. */
export interface SubscriptionDates {
  startedAt: number;
  cancelledAt: number | null;
  trialEndsAt: number | null;
}

/** What a subscription without a status is. */
export function statusByDates({ cancelledAt, trialEndsAt }: SubscriptionDates, now: number): SubscriptionStatus {
  if (cancelledAt !== null && cancelledAt <= now) return 'cancelled';
  return trialEndsAt !== null && trialEndsAt > now ? 'trialing' : 'active';
}

/** When a subscription that is cancelled without a date has ended: now, never before its own start. */
export function undatedEnd({ startedAt }: Pick<SubscriptionDates, 'startedAt'>, now: number): number {
  return Math.max(startedAt, now);
}

export const ENDS_BEFORE_START = 'must not be before started_at';

export function endsBeforeStart({ startedAt, cancelledAt }: SubscriptionDates): boolean {
  return cancelledAt !== null && cancelledAt < startedAt;
}

/**
 * What it is worth a year in minor units. A trial whose end nobody knows is worth nothing: it would be counted as paid
 * from its first day on.
 */
export function annualWorth(
  { amountMinor, interval }: { amountMinor: number; interval: Interval },
  { status, trialEndsAt }: { status: SubscriptionStatus; trialEndsAt: number | null },
): number {
  return status === 'trialing' && trialEndsAt === null ? 0 : annualMinorOf(amountMinor, interval);
}

/** @throws AppError VALIDATION_ERROR */
export function requireOrder(dates: SubscriptionDates): void {
  if (endsBeforeStart(dates)) throw invalidField('cancelled_at', 'too_small', ENDS_BEFORE_START);
}
