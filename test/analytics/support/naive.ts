export interface NaivePurchase {
  objectId: string;
  customer: string | null;
  currency: string;
  status: string;
  channel: string | null;
  items: { product_id: string; amount: number }[];
  total_minor: number;
  purchased_at: Date;
}

export interface NaiveVersion {
  from: string;
  annual_minor: number;
  currency: string;
  plan: string;
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
  versions: NaiveVersion[] | null;
}

export interface NaiveFacts {
  purchases: NaivePurchase[];
  subscriptions: NaiveSubscription[];
  /** Given start by customer. */
  registered: Map<string, Date>;
  /** Creation by user. */
  users: Map<string, Date>;
  events: { user: string; timestamp: Date }[];
}

export interface Days {
  from: string;
  to: string;
}

export type Grouping = 'day' | 'week' | 'month' | 'channel' | 'product' | 'plan';
type CohortPeriod = 'day' | 'week' | 'month';

const DAY_MS = 86_400_000;
const PER_YEAR = { day: 365, week: 52, month: 12, quarter: 4, year: 1 };

const plus = (day: string, days: number): string =>
  new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
const isIn = (day: string, { from, to }: Days): boolean => day >= from && day <= to;
const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);

function daysOf({ from, to }: Days): string[] {
  return Array.from({ length: (Date.parse(to) - Date.parse(from)) / DAY_MS + 1 }, (_, index) => plus(from, index));
}

/** The ISO week by its definition: that of its Thursday, counted from the first one of the year. */
function keyOf(day: string, period: CohortPeriod): string {
  if (period === 'day') return day;
  if (period === 'month') return day.slice(0, 7);
  const thursday = plus(day, 3 - ((new Date(day).getUTCDay() + 6) % 7));
  const year = thursday.slice(0, 4);
  const thursdays = daysOf({ from: `${year}-01-01`, to: thursday }).filter((d) => new Date(d).getUTCDay() === 4);
  return `${year}-W${String(thursdays.length).padStart(2, '0')}`;
}

/** The figures by their definition (contract 2.9): every fact is looked at, nothing is kept, no code is shared. */
export class NaiveFigures {
  private readonly days = new Map<number, string>();
  private readonly format: Intl.DateTimeFormat;

  constructor(
    private readonly facts: NaiveFacts,
    timeZone: string,
  ) {
    this.format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  }

  people(population: 'users' | 'customers', window: Days) {
    const length = daysOf(window).length;
    const before = { from: plus(window.from, -length), to: plus(window.from, -1) };
    const starts = [...this.starts(population).values()];
    const active = this.active(population, window);
    return {
      total_users: starts.filter((day) => day <= window.to).length,
      active_users: active.size,
      new_users: starts.filter((day) => isIn(day, window)).length,
      churned_users: [...this.active(population, before)].filter((person) => !active.has(person)).length,
    };
  }

  /** Minor units. */
  revenue(currency: string, window: Days): number {
    return sum(this.bought(currency, window).map(({ total_minor }) => total_minor));
  }

  growth(currency: string, window: Days): number | null {
    const length = daysOf(window).length;
    const before = this.revenue(currency, { from: plus(window.from, -length), to: plus(window.from, -1) });
    const now = this.revenue(currency, window);
    if (before === 0) return now === 0 ? 0 : null;
    const tenths = (1000 * Math.abs(now - before)) / Math.abs(before);
    return (Math.sign(now - before) * Math.floor(tenths + 0.5)) / 10 || 0;
  }

  /** Minor units a year, as of the end of the day. */
  annual(currency: string, day: string): number {
    return sum(
      this.facts.subscriptions.map((subscription) => {
        const worth = this.worthOn(subscription, day);
        return worth?.currency === currency ? worth.annual_minor : 0;
      }),
    );
  }

  /** Minor units by key, those that are 0 left out; null: without one. */
  groups(by: Grouping, currency: string, window: Days): Map<string | null, number> {
    const sums = new Map<string | null, number>();
    const add = (key: string | null, minor: number): void => void sums.set(key, (sums.get(key) ?? 0) + minor);
    for (const purchase of this.bought(currency, window)) {
      const day = this.dayOf(purchase.purchased_at);
      if (by === 'channel') add(purchase.channel, purchase.total_minor);
      else if (by === 'plan') add(this.planOf(purchase.customer, day), purchase.total_minor);
      else if (by === 'product') {
        const scale = currency === 'JPY' ? 1 : currency === 'KWD' ? 1000 : 100;
        const items = purchase.items.map(({ amount }) => Math.round(amount * scale));
        purchase.items.forEach(({ product_id }, index) => add(product_id, items[index]!));
        add(null, purchase.total_minor - sum(items));
      } else add(keyOf(day, by), purchase.total_minor);
    }
    return new Map([...sums].filter(([, minor]) => minor !== 0));
  }

  /** Whole periods that begin in the window; what lies after its end is null. */
  cohorts(population: 'users' | 'customers', period: CohortPeriod, window: Days) {
    const isFirst = (day: string): boolean => keyOf(day, period) !== keyOf(plus(day, -1), period);
    const firsts = daysOf(window).filter(isFirst);
    const keys = firsts.map((day) => keyOf(day, period));
    const active = keys.map((key) => {
      const days = daysOf(window).filter((day) => keyOf(day, period) === key);
      return this.active(population, { from: days[0]!, to: days.at(-1)! });
    });
    const starts = [...this.starts(population)].filter(([, day]) => isIn(day, window));
    return keys.map((key, index) => {
      const members = starts.filter(([, day]) => keyOf(day, period) === key).map(([person]) => person);
      const countIn = (people: Set<string>): number => members.filter((person) => people.has(person)).length;
      return {
        period: key,
        size: members.length,
        active: keys.map((_, offset) => (active[index + offset] ? countIn(active[index + offset]!) : null)),
      };
    });
  }

  /** MRR a payer ÷ mean monthly customer churn of the six whole months before; minor units, not rounded. */
  lifetimeValue(currency: string, day: string): number | null {
    const firsts = [plus(`${day.slice(0, 7)}-01`, 0)];
    while (firsts.length < 7) firsts.unshift(`${plus(firsts[0]!, -1).slice(0, 7)}-01`);
    const months = firsts.map((first) => this.payers(currency, plus(first, -1)));
    const paying = sum(months.slice(0, -1).map((payers) => payers.size));
    const lost = sum(
      months.slice(0, -1).map((now, i) => [...now].filter((payer) => !months[i + 1]!.has(payer)).length),
    );
    const payers = this.payers(currency, day).size;
    if (!payers || !lost) return null;
    return ((this.annual(currency, day) / 12 / payers) * paying) / lost;
  }

  private payers(currency: string, day: string): Set<string> {
    const worths = new Map<string, number>();
    for (const subscription of this.facts.subscriptions) {
      const worth = this.worthOn(subscription, day);
      const payer = subscription.customer ?? `anonymous ${subscription.objectId}`;
      if (worth?.currency === currency) worths.set(payer, (worths.get(payer) ?? 0) + worth.annual_minor);
    }
    return new Set([...worths].filter(([, annual]) => annual > 0).map(([payer]) => payer));
  }

  private starts(population: 'users' | 'customers'): Map<string, string> {
    const starts = new Map<string, string>();
    const start = (person: string | null, instant: Date): void => {
      const day = this.dayOf(instant);
      if (person !== null && day < (starts.get(person) ?? '9999')) starts.set(person, day);
    };
    if (population === 'users') for (const [user, instant] of this.facts.users) start(user, instant);
    else {
      for (const [person, instant] of this.facts.registered) start(person, instant);
      for (const { status, customer, purchased_at } of this.facts.purchases) {
        if (status === 'paid') start(customer, purchased_at);
      }
      for (const { customer, started_at } of this.facts.subscriptions) start(customer, started_at);
    }
    return starts;
  }

  private active(population: 'users' | 'customers', window: Days): Set<string> {
    if (population === 'users') {
      const events = this.facts.events.filter(({ timestamp }) => isIn(this.dayOf(timestamp), window));
      return new Set(events.map(({ user }) => user));
    }
    const bought = this.facts.purchases.filter(({ status, total_minor }) => status === 'paid' && total_minor >= 0);
    const inside = bought.filter(({ purchased_at }) => isIn(this.dayOf(purchased_at), window));
    return new Set(inside.flatMap(({ customer }) => customer ?? []));
  }

  private bought(currency: string, window: Days): NaivePurchase[] {
    return this.facts.purchases.filter(
      (purchase) =>
        purchase.status === 'paid' && purchase.currency === currency && isIn(this.dayOf(purchase.purchased_at), window),
    );
  }

  /** undefined where it does not run; worth nothing in its trial. */
  private worthOn(subscription: NaiveSubscription, day: string): Omit<NaiveVersion, 'from'> | undefined {
    const { started_at, cancelled_at, trial_ends_at, currency, plan, amount_minor, interval, versions } = subscription;
    if (this.dayOf(started_at) > day || (cancelled_at && this.dayOf(cancelled_at) <= day)) return undefined;
    const held = versions?.filter((version, index) => index === 0 || this.dayOf(new Date(version.from)) <= day).at(-1);
    const worth = held ?? { currency, plan, annual_minor: amount_minor * PER_YEAR[interval] };
    return trial_ends_at && this.dayOf(trial_ends_at) > day ? { ...worth, annual_minor: 0 } : worth;
  }

  /** The plan of the newest subscription that runs on the day. */
  private planOf(customer: string | null, day: string): string | null {
    if (customer === null) return null;
    const running = this.facts.subscriptions
      .filter((subscription) => subscription.customer === customer && this.worthOn(subscription, day))
      .map((subscription) => ({
        subscription,
        order: `${this.dayOf(subscription.started_at)} ${subscription.objectId}`,
      }))
      .sort((a, b) => (a.order < b.order ? 1 : -1));
    return running[0] ? this.worthOn(running[0].subscription, day)!.plan : null;
  }

  private dayOf(instant: Date): string {
    const known = this.days.get(instant.getTime());
    if (known) return known;
    const day = this.format.format(instant);
    this.days.set(instant.getTime(), day);
    return day;
  }
}
