import type Parse from 'parse/node';
import { invalidField } from '../../core/operation/issues';
import { annualMinorOf, type Interval, type SubscriptionVersion } from '../analytics/analytics.service';
import { optionalDate, requireCurrency, requireDate, requireText, setMoney, withDefault } from './facts.rules';
import { annualWorth, requireOrder, statusByDates, undatedEnd, type SubscriptionStatus } from './subscription.states';

/**
 * Checks a subscription and keeps its history: what it was worth from when on. A change of its
 * worth takes effect now, and so does taking it up again; a cancellation without a date is dated now.
 */
export function applySubscriptionRules(object: Parse.Object, original: Parse.Object | undefined, now: Date): void {
  requireText(object, 'plan');
  const currency = requireCurrency(object);
  const interval = withDefault<Interval>(object, 'interval', 'month');
  const amountMinor = setMoney(object, { major: 'amount', minor: 'amount_minor' }, currency);
  const startedAt = requireDate(object, 'started_at');
  const trialEndsAt = optionalDate(object, 'trial_ends_at')?.getTime() ?? null;
  const given = { startedAt: startedAt.getTime(), cancelledAt: cancelledAtOf(object), trialEndsAt };
  const status = withDefault<SubscriptionStatus>(object, 'status', statusByDates(given, now.getTime()));
  const endedAt = endOf(original, now);
  if (endedAt && status !== 'cancelled' && original?.get('status') === 'cancelled') object.unset('cancelled_at');
  if (status === 'cancelled' && !optionalDate(object, 'cancelled_at')) {
    object.set('cancelled_at', new Date(undatedEnd(given, now.getTime())));
  }
  const cancelledAt = cancelledAtOf(object);
  requireOrder({ ...given, cancelledAt });
  const annual = annualWorth({ amountMinor, interval }, { status, trialEndsAt });
  if (!Number.isSafeInteger(annual)) throw invalidField('amount', 'too_large', 'is too large');
  const worth = { annual_minor: annual, currency, plan: object.get('plan') as string };
  const earlier = earlierVersions(original, startedAt, cancelledAt === null ? endedAt : undefined);
  const versions = nextVersions(earlier, worth, startedAt, now);
  if (JSON.stringify(object.get('versions')) !== JSON.stringify(versions)) object.set('versions', versions);
}

type Worth = Omit<SubscriptionVersion, 'from'>;

function cancelledAtOf(object: Parse.Object): number | null {
  return optionalDate(object, 'cancelled_at')?.getTime() ?? null;
}

/** The end of a subscription that is over. */
function endOf(original: Parse.Object | undefined, now: Date): Date | undefined {
  const endedAt: unknown = original?.get('cancelled_at');
  return endedAt instanceof Date && endedAt <= now ? endedAt : undefined;
}

/** @param resumedFrom the end of a subscription that is taken up again: it was worth nothing from then on */
function earlierVersions(
  original: Parse.Object | undefined,
  startedAt: Date,
  resumedFrom: Date | undefined,
): SubscriptionVersion[] {
  const [first, ...rest] = original ? versionsOf(original) : [];
  if (!first) return [];
  // The first one holds from the start, also when the start is corrected.
  const versions = [{ ...first, from: startedAt.toISOString() }, ...rest];
  if (!resumedFrom) return versions;
  const gap = { from: resumedFrom.toISOString(), annual_minor: 0, currency: first.currency, plan: null };
  return [...versions.filter(({ from }) => Date.parse(from) < resumedFrom.getTime()), gap];
}

function nextVersions(earlier: SubscriptionVersion[], worth: Worth, startedAt: Date, now: Date): SubscriptionVersion[] {
  const last = earlier.at(-1);
  if (!last) return [{ from: startedAt.toISOString(), ...worth }];
  if (last.annual_minor === worth.annual_minor && last.currency === worth.currency && last.plan === worth.plan) {
    return earlier;
  }
  return [...earlier, { from: now.toISOString(), ...worth }];
}

/** Rows loaded in bulk may have none yet: they were always worth what they are now. */
function versionsOf(original: Parse.Object): SubscriptionVersion[] {
  const stored = original.get('versions') as SubscriptionVersion[] | undefined;
  if (stored?.length) return stored;
  const startedAt = original.get('started_at') as Date | undefined;
  if (!startedAt) return [];
  const interval = (original.get('interval') as Interval | undefined) ?? 'month';
  return [
    {
      from: startedAt.toISOString(),
      annual_minor: annualMinorOf((original.get('amount_minor') as number | undefined) ?? 0, interval),
      currency: original.get('currency') as string,
      plan: (original.get('plan') as string | undefined) ?? null,
    },
  ];
}
