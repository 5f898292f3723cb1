import { FactFault, type CheckContext, type FactValues } from './define';
import { annualMinorOf, type SubscriptionVersion } from './subscription.worth';

/** Of the given row; instants in milliseconds since 1970. */
interface Subscription {
  plan: string | null;
  currency: string;
  interval: string | null;
  amount_minor: number | null;
  started_at: number;
  cancelled_at: number | null;
  trial_ends_at: number | null;
  status: string | null;
  versions: readonly SubscriptionVersion[] | null;
}

/**
 * Settles status and end of a subscription, and keeps its history: what it was worth from when on. A change of its
 * worth takes effect now, and so does taking it up again; a cancellation without a date is dated now.
 */
export function checkSubscription(values: FactValues, context: CheckContext): FactValues | FactFault {
  const given = values as unknown as Subscription;
  const original = context.original as Subscription | undefined;
  const status = given.status ?? statusByDates(given, context.now);
  const cancelledAt = endOf(given, status, context);
  const areDatesChanged = context.isChanged('started_at') || context.isChanged('cancelled_at');
  if (areDatesChanged && cancelledAt !== null && cancelledAt < given.started_at) {
    return new FactFault('cancelled_at', 'too_small', 'must not be before started_at');
  }
  const annual = worthOf(given, status);
  if (!Number.isSafeInteger(annual)) return new FactFault('amount', 'too_large', 'is too large');
  const worth = { annual_minor: annual, currency: given.currency, plan: given.plan };
  const resumedFrom = cancelledAt === null ? pastEnd(original, context.now) : undefined;
  const versions = nextVersions(earlierVersions(original, given.started_at, resumedFrom), worth, {
    startedAt: given.started_at,
    now: context.now,
  });
  return { ...values, status, cancelled_at: cancelledAt, versions };
}

/** What a subscription without a status is. */
function statusByDates({ cancelled_at: cancelledAt, trial_ends_at: trialEndsAt }: Subscription, now: number): string {
  if (cancelledAt !== null && cancelledAt <= now) return 'cancelled';
  return trialEndsAt !== null && trialEndsAt > now ? 'trialing' : 'active';
}

/** Taken up again it has no end, cancelled without a date it ends now, never before its own start. */
function endOf(given: Subscription, status: string, { now, original, isChanged }: CheckContext): number | null {
  const isTakenUp = status !== 'cancelled' && original?.status === 'cancelled';
  if (isTakenUp && !isChanged('cancelled_at') && pastEnd(original, now) !== undefined) return null;
  if (status === 'cancelled' && given.cancelled_at === null) return Math.max(given.started_at, now);
  return given.cancelled_at;
}

/** The end of a subscription that is over. */
function pastEnd(original: FactValues | Subscription | undefined, now: number): number | undefined {
  const endedAt = original?.cancelled_at;
  return typeof endedAt === 'number' && endedAt <= now ? endedAt : undefined;
}

/**
 * A year's worth in minor units. A trial whose end nobody knows is worth nothing: it would be counted as paid from its
 * first day on.
 */
function worthOf(given: Subscription, status: string): number {
  const { trial_ends_at: trialEndsAt, amount_minor: amountMinor, interval } = given;
  return status === 'trialing' && trialEndsAt === null ? 0 : annualMinorOf(amountMinor ?? 0, interval);
}

/** @param resumedFrom the end of a subscription that is taken up again: it was worth nothing from then on */
function earlierVersions(
  original: Subscription | undefined,
  startedAt: number,
  resumedFrom: number | undefined,
): SubscriptionVersion[] {
  const [first, ...rest] = original ? versionsOf(original) : [];
  if (!first) return [];
  // The first one holds from the start, also when the start is corrected, and no other before it.
  const start = new Date(startedAt).toISOString();
  const later = rest.map((version) => (Date.parse(version.from) < startedAt ? { ...version, from: start } : version));
  const versions = [{ ...first, from: start }, ...later];
  if (resumedFrom === undefined) return versions;
  const gap = { from: new Date(resumedFrom).toISOString(), annual_minor: 0, currency: first.currency, plan: null };
  return [...versions.filter(({ from }) => Date.parse(from) < resumedFrom), gap];
}

function nextVersions(
  earlier: SubscriptionVersion[],
  worth: Omit<SubscriptionVersion, 'from'>,
  { startedAt, now }: { startedAt: number; now: number },
): SubscriptionVersion[] {
  const last = earlier.at(-1);
  if (!last) return [{ from: new Date(startedAt).toISOString(), ...worth }];
  if (last.annual_minor === worth.annual_minor && last.currency === worth.currency && last.plan === worth.plan) {
    return earlier;
  }
  // Never before the last one: an import takes effect when it was accepted, and a save may have come meanwhile.
  return [...earlier, { from: new Date(Math.max(now, Date.parse(last.from))).toISOString(), ...worth }];
}

/** Rows loaded in bulk may have none yet: they were always worth what they are now. */
function versionsOf(original: Subscription): readonly SubscriptionVersion[] {
  if (original.versions?.length) return original.versions;
  const { started_at: startedAt, amount_minor: amountMinor, interval, currency, plan } = original;
  if (startedAt === null) return [];
  const annual = annualMinorOf(amountMinor ?? 0, interval);
  return [{ from: new Date(startedAt).toISOString(), annual_minor: annual, currency, plan }];
}
