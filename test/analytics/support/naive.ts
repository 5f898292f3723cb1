import { addDays, dayInZone, daysBetween } from '../../../core/zone';

export interface NaivePurchase {
  objectId: string;
  customer: string | null;
  currency: string;
  status: string;
  channel: string | null;
  total_minor: number;
  purchased_at: Date;
}

export interface NaiveSubscription {
  objectId: string;
  customer: string | null;
  currency: string;
  plan: string;
  interval: 'day' | 'week' | 'month' | 'quarter' | 'year';
  amount_minor: number;
  started_at: Date;
  trial_ends_at: Date | null;
  cancelled_at: Date | null;
}

export interface NaiveFacts {
  purchases: NaivePurchase[];
  subscriptions: NaiveSubscription[];
  /** Given start by customer. */
  registered: Map<string, Date>;
}

/** The figures by their definition (contract 2.9): every fact is looked at, nothing is kept. */
export function naiveFigures(facts: NaiveFacts, zone: string, window: { from: string; to: string }) {
  const dayOf = (instant: Date): string => dayInZone(instant.getTime(), zone);
  const paid = facts.purchases.filter((purchase) => purchase.status === 'paid');
  const length = daysBetween(window.from, window.to) + 1;
  const before = { from: addDays(window.from, -length), to: addDays(window.from, -1) };
  const starts = new Map<string, string>();
  const start = (person: string | null, instant: Date): void => {
    if (person === null) return;
    const day = dayOf(instant);
    if (!starts.has(person) || day < starts.get(person)!) starts.set(person, day);
  };
  for (const [person, instant] of facts.registered) start(person, instant);
  for (const purchase of paid) start(purchase.customer, purchase.purchased_at);
  for (const subscription of facts.subscriptions) start(subscription.customer, subscription.started_at);
  const activeIn = ({ from, to }: { from: string; to: string }) =>
    new Set(
      paid
        .filter((purchase) => purchase.customer && purchase.total_minor >= 0)
        .filter((purchase) => dayOf(purchase.purchased_at) >= from && dayOf(purchase.purchased_at) <= to)
        .map((purchase) => purchase.customer),
    );
  const active = activeIn(window);
  const days = [...starts.values()];
  const revenueOf = (currency: string) =>
    paid
      .filter((purchase) => purchase.currency === currency)
      .filter((p) => dayOf(p.purchased_at) >= window.from && dayOf(p.purchased_at) <= window.to)
      .reduce((sum, purchase) => sum + purchase.total_minor, 0);
  const annualOf = (currency: string) =>
    facts.subscriptions
      .filter((subscription) => subscription.currency === currency)
      .filter(({ started_at }) => dayOf(started_at) <= window.to)
      .filter(({ trial_ends_at }) => !trial_ends_at || dayOf(trial_ends_at) <= window.to)
      .filter(({ cancelled_at }) => !cancelled_at || dayOf(cancelled_at) > window.to)
      .reduce(
        (sum, { amount_minor, interval }) =>
          sum + amount_minor * { day: 365, week: 52, month: 12, quarter: 4, year: 1 }[interval],
        0,
      );
  return {
    people: {
      total_users: days.filter((day) => day <= window.to).length,
      active_users: active.size,
      new_users: days.filter((day) => day >= window.from && day <= window.to).length,
      churned_users: [...activeIn(before)].filter((person) => !active.has(person)).length,
    },
    revenueOf,
    annualOf,
  };
}
