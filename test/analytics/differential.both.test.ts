import { foldNow, rebuildTenant } from '../../cloud/analytics/folding.service';
import { markInstants } from '../../cloud/analytics/marking.service';
import { readBusiness } from '../../cloud/analytics/business.service';
import { readPeople } from '../../cloud/analytics/people.service';
import { readRetention } from '../../cloud/analytics/retention.service';
import { readRevenue } from '../../cloud/analytics/revenue.service';
import { divideHalfUp, minorToMajor } from '../../values/money';
import { deleteFact, derivedRows, insertFacts, insertTenant, testContext, updateFact } from './support/facts';
import {
  NaiveFigures,
  type Grouping,
  type NaiveFacts,
  type NaivePurchase,
  type NaiveSubscription,
  type NaiveVersion,
} from './support/naive';
import { openStore } from './support/store';

const FIRST = Date.UTC(2021, 0, 1);
const SPAN_MS = 120 * 86_400_000;
const PEOPLE = 25;
/** Decimals of the currencies. */
const EXPONENTS = { JPY: 0, KWD: 3, USD: 2 } as const;
const CURRENCIES = ['JPY', 'KWD', 'USD'] as const;
const GROUPINGS: Grouping[] = ['day', 'week', 'month', 'channel', 'product', 'plan'];

let close: () => Promise<void>;
beforeAll(async () => {
  ({ close } = await openStore());
});
afterAll(() => close?.());

/** Small, fast, good enough, and the same on every machine (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

function generator(seed: number) {
  const random = randomOf(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const instant = (): Date => new Date(FIRST + Math.floor(random() * SPAN_MS));
  const person = (): string | null => (random() < 0.15 ? null : `s${seed}p${Math.floor(random() * PEOPLE)}`);
  const purchase = (): Omit<NaivePurchase, 'objectId'> => ({
    customer: person(),
    currency: pick(['USD', 'USD', 'JPY', 'KWD']),
    status: pick(['paid', 'paid', 'paid', 'refunded', 'pending']),
    channel: pick(['web', 'app', null]),
    items: Array.from({ length: pick([0, 0, 1, 2]) }, () => ({
      product_id: pick(['a', 'b']),
      amount: pick([1, 3, 0.5]),
    })),
    total_minor: pick([0, 1, 999, -250, 12_345, Math.floor(random() * 1e6)]),
    purchased_at: instant(),
  });
  const subscription = (): Omit<NaiveSubscription, 'objectId'> => {
    const started_at = instant();
    const later = (): Date => new Date(started_at.getTime() + Math.floor(random() * 60 * 86_400_000));
    return {
      customer: person(),
      currency: pick(CURRENCIES),
      plan: pick(['gold', 'free']),
      interval: pick(['day', 'week', 'month', 'quarter', 'year'] as const),
      amount_minor: Math.floor(random() * 5_000),
      started_at,
      trial_ends_at: random() < 0.3 ? later() : null,
      // Also on the very day on which it started.
      cancelled_at: random() < 0.5 ? pick([later(), later(), started_at]) : null,
      versions: random() < 0.4 ? versionsFrom(started_at) : null,
    };
  };
  /** Changes of plan, of worth and of currency. */
  const versionsFrom = (started_at: Date): NaiveVersion[] => {
    const first = started_at.getTime();
    const froms = [0, random() * 40, random() * 40].map((days) => new Date(first + Math.floor(days * 86_400_000)));
    return froms
      .sort((a, b) => a.getTime() - b.getTime())
      .map((from) => ({
        from: from.toISOString(),
        annual_minor: 12 * Math.floor(random() * 3_000),
        currency: pick(CURRENCIES),
        plan: pick(['gold', 'silver']),
      }));
  };
  return { random, pick, instant, purchase, subscription };
}

describe.each([
  [1, 'UTC'],
  [2, 'America/Havana'],
  [3, 'Australia/Lord_Howe'],
  [4, 'America/New_York'],
])('random facts, seed %p in %s', (seed, zone) => {
  const make = generator(seed);
  const facts: NaiveFacts = { purchases: [], subscriptions: [], registered: new Map(), users: new Map(), events: [] };
  let tenantId: string;

  const add = async (): Promise<void> => {
    const purchases = Array.from({ length: 120 }, make.purchase);
    const subscriptions = Array.from({ length: 15 }, make.subscription);
    const tenant = tenantId;
    const days = [...purchases.map((row) => row.purchased_at), ...subscriptions.map((row) => row.started_at)];
    await markInstants(tenant, days);
    const ids = await insertFacts(
      'Purchase',
      purchases.map((row) => ({ ...row, tenant })),
    );
    facts.purchases.push(...purchases.map((row, index) => ({ ...row, objectId: ids[index]! })));
    const others = await insertFacts(
      'Subscription',
      subscriptions.map((row) => ({ ...row, tenant })),
    );
    facts.subscriptions.push(...subscriptions.map((row, index) => ({ ...row, objectId: others[index]! })));
  };

  const change = async (): Promise<void> => {
    for (let count = 0; count < 15; count += 1) {
      const index = Math.floor(make.random() * facts.purchases.length);
      const row = facts.purchases[index]!;
      const moved = make.instant();
      await markInstants(tenantId, [row.purchased_at, moved]);
      if (make.random() < 0.4) {
        await deleteFact('Purchase', row.objectId);
        facts.purchases.splice(index, 1);
      } else {
        const changed = { ...make.purchase(), purchased_at: moved };
        await updateFact('Purchase', row.objectId, changed);
        facts.purchases[index] = { ...changed, objectId: row.objectId };
      }
    }
    for (let count = 0; count < 4; count += 1) {
      const index = Math.floor(make.random() * facts.subscriptions.length);
      const row = facts.subscriptions[index]!;
      const changed = make.subscription();
      await markInstants(tenantId, [row.started_at, changed.started_at]);
      await updateFact('Subscription', row.objectId, changed);
      facts.subscriptions[index] = { ...changed, objectId: row.objectId };
    }
  };

  /** Some users, each with events; written once. */
  const addUsers = async (): Promise<void> => {
    const tenant = tenantId;
    const rows = Array.from({ length: 10 }, (_, index) => ({
      objectId: `s${seed}u${index}`,
      createdAt: make.instant(),
    }));
    const events = Array.from({ length: 60 }, () => ({ user: make.pick(rows).objectId, timestamp: make.instant() }));
    await markInstants(tenant, [...rows.map((row) => row.createdAt), ...events.map((event) => event.timestamp)]);
    await insertFacts(
      '_User',
      rows.map((row) => ({ ...row, tenant })),
    );
    await insertFacts(
      'Event',
      events.map((event) => ({ ...event, tenant })),
    );
    for (const { objectId, createdAt } of rows) facts.users.set(objectId, createdAt);
    facts.events.push(...events);
  };

  const check = async (): Promise<void> => {
    const naive = new NaiveFigures(facts, zone);
    for (let count = 0; count < 3; count += 1) {
      const [from, to] = [make.instant(), make.instant()].map((date) => date.toISOString().slice(0, 10)).sort();
      const window = { from: from!, to: to! };
      const range = { start_date: from!, end_date: to! };
      for (const population of ['users', 'customers'] as const) {
        const input = { ...range, population };
        expect(await readPeople(testContext(tenantId), input)).toEqual(naive.people(population, window));
        const cohort = make.pick(['day', 'week', 'month'] as const);
        const { cohorts } = await readRetention(testContext(tenantId), { ...input, cohort });
        expect({ cohort, cohorts }).toEqual({ cohort, cohorts: naive.cohorts(population, cohort, window) });
      }
      for (const currency of CURRENCIES) await checkMoney(naive, window, currency);
    }
  };

  const checkMoney = async (
    naive: NaiveFigures,
    window: { from: string; to: string },
    currency: (typeof CURRENCIES)[number],
  ): Promise<void> => {
    const context = testContext(tenantId);
    const range = { start_date: window.from, end_date: window.to };
    const major = (code: keyof typeof EXPONENTS, minor: number | bigint) => minorToMajor(minor, EXPONENTS[code]);
    const of = (code: keyof typeof EXPONENTS) => ({
      currency: code,
      total_revenue: major(code, naive.revenue(code, window)),
      mrr: major(code, divideHalfUp(BigInt(naive.annual(code, window.to)), 12n)),
      arr: major(code, naive.annual(code, window.to)),
    });
    const group_by = make.pick(GROUPINGS);
    const answer = await readRevenue(context, { ...range, period: 'month', currency, group_by });
    expect(answer).toMatchObject({
      ...of(currency),
      growth_rate: naive.growth(currency, window),
      by_currency: CURRENCIES.map(of),
    });
    const groups = answer.groups!.filter((group) => group.total_revenue !== 0);
    const expected = [...naive.groups(group_by, currency, window)].map(([key, minor]) => [key, major(currency, minor)]);
    expect({ group_by, groups: new Map(groups.map((group) => [group.key, group.total_revenue])) }).toEqual({
      group_by,
      groups: new Map(expected as [string | null, number][]),
    });
    const business = await readBusiness(context, { ...range, population: 'users', currency, metrics: ['ltv'] });
    const value = naive.lifetimeValue(currency, window.to);
    const { ltv } = business.revenue_metrics!;
    if (value === null) expect(ltv).toBeNull();
    else expect(ltv).toBeCloseTo(value / 10 ** EXPONENTS[currency], EXPONENTS[currency] - 1);
  };

  it('gives the figures that the definition gives, through additions and changes', async () => {
    tenantId = await insertTenant({ time_zone: zone });
    for (let index = 0; index < 5; index += 1) {
      const person = `s${seed}p${index}`;
      const registered_at = make.instant();
      facts.registered.set(person, registered_at);
      await markInstants(tenantId, [registered_at]);
      await insertFacts('Customer', [{ objectId: person, tenant: tenantId, registered_at }]);
    }
    await addUsers();
    for (let round = 0; round < 3; round += 1) {
      await add();
      await foldNow(tenantId);
      await check();
      await change();
      await foldNow(tenantId);
      await check();
    }
    const folded = await derivedRows(tenantId);
    await rebuildTenant(tenantId);
    expect(await derivedRows(tenantId)).toEqual(folded);
  });
});
