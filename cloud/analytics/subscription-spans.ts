import { dayInZone } from '../../values/zone';
import { annualMinorOf, type SubscriptionVersion } from '../facts/subscription.worth';

/** A row of class Subscription, as both databases give it. */
export interface SubscriptionFacts {
  id: string;
  customer: string | null;
  plan: string | null;
  amountMinor: number;
  currency: string;
  interval: string | null;
  startedAt: Date;
  cancelledAt: Date | null;
  trialEndsAt: Date | null;
  versions: readonly SubscriptionVersion[] | null;
}

export interface SubscriptionSpan {
  subscription: string;
  /** First day on which it counts so. */
  from_day: string;
  /** First day on which it does not any more; null while it goes on. */
  to_day: string | null;
  /** The subscription's own first day: the day whose mark rebuilds this row. */
  start_day: string;
  payer: string;
  currency: string;
  plan: string | null;
  annual_minor: number;
}

/**
 * The spans of days in which a subscription is worth one thing. As of the end of a day it counts
 * from its start, after its trial, and no more on the day of its cancellation (contract 2.9).
 */
export function spansOf(subscription: SubscriptionFacts, timeZone: string): SubscriptionSpan[] {
  const dayOf = (instant: Date): string => dayInZone(instant.getTime(), timeZone);
  const start = dayOf(subscription.startedAt);
  const end = subscription.cancelledAt ? dayOf(subscription.cancelledAt) : null;
  const trialEnd = subscription.trialEndsAt ? dayOf(subscription.trialEndsAt) : start;
  const worths = worthsByDay(subscription, start, dayOf);
  return worths.flatMap((worth, index): SubscriptionSpan[] => {
    const to = earliest(worths[index + 1]?.day ?? null, end);
    const { currency, plan, annual_minor } = worth;
    const base = {
      subscription: subscription.id,
      start_day: start,
      payer: subscription.customer ?? `subscription:${subscription.id}`,
      currency,
      plan: plan || null,
    };
    const cut = trialEnd > worth.day ? (earliest(trialEnd, to) ?? trialEnd) : worth.day;
    const spans = [
      { ...base, from_day: worth.day, to_day: cut, annual_minor: 0 },
      { ...base, from_day: cut, to_day: to, annual_minor },
    ];
    return spans.filter((span) => span.to_day === null || span.from_day < span.to_day);
  });
}

type Worth = Omit<SubscriptionVersion, 'from'> & { day: string };

/** One worth a day at most: of several changes on one day the last holds. */
function worthsByDay(subscription: SubscriptionFacts, start: string, dayOf: (instant: Date) => string): Worth[] {
  const versions = subscription.versions?.length ? subscription.versions : [onlyVersion(subscription)];
  const sorted = [...versions].sort((a, b) => Date.parse(a.from) - Date.parse(b.from));
  const byDay = new Map<string, Worth>();
  sorted.forEach(({ from, ...worth }, index) => {
    const changed = dayOf(new Date(from));
    const day = index === 0 || changed < start ? start : changed;
    byDay.set(day, { ...worth, day });
  });
  return [...byDay.values()].sort((a, b) => (a.day < b.day ? -1 : 1));
}

/** Rows loaded in bulk may come without versions: they were always worth what they are now. */
function onlyVersion(subscription: SubscriptionFacts): SubscriptionVersion {
  const { amountMinor, interval, currency, plan, startedAt } = subscription;
  return { from: startedAt.toISOString(), annual_minor: annualMinorOf(amountMinor, interval), currency, plan };
}

function earliest(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
}
