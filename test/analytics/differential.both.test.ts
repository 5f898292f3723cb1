import { foldNow, rebuildTenant } from '../../cloud/analytics/folding.service';
import { markInstants } from '../../cloud/analytics/marking.service';
import { readPeople } from '../../cloud/analytics/people.service';
import { readRevenue } from '../../cloud/analytics/revenue.service';
import { divideHalfUp, minorToMajor } from '../../core/money';
import { deleteFact, derivedRows, insertFacts, makeTenant, testContext, updateFact } from './support/facts';
import { naiveFigures, type NaiveFacts, type NaivePurchase, type NaiveSubscription } from './support/naive';
import { openStore } from './support/store';

const FIRST = Date.UTC(2021, 0, 1);
const SPAN_MS = 120 * 86_400_000;
const PEOPLE = 25;

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
    currency: pick(['USD', 'USD', 'JPY']),
    status: pick(['paid', 'paid', 'paid', 'refunded', 'pending']),
    channel: pick(['web', 'app', null]),
    total_minor: pick([0, 1, 999, -250, 12_345, Math.floor(random() * 1e6)]),
    purchased_at: instant(),
  });
  const subscription = (): Omit<NaiveSubscription, 'objectId'> => {
    const started_at = instant();
    const later = (): Date => new Date(started_at.getTime() + Math.floor(random() * 60 * 86_400_000));
    return {
      customer: person(),
      currency: pick(['USD', 'JPY']),
      plan: pick(['gold', 'free']),
      interval: pick(['day', 'week', 'month', 'quarter', 'year'] as const),
      amount_minor: Math.floor(random() * 5_000),
      started_at,
      trial_ends_at: random() < 0.3 ? later() : null,
      cancelled_at: random() < 0.5 ? later() : null,
    };
  };
  return { random, pick, instant, purchase, subscription };
}

describe.each([
  [1, 'UTC'],
  [2, 'America/Havana'],
  [3, 'Australia/Lord_Howe'],
])('random facts, seed %p in %s', (seed, zone) => {
  const make = generator(seed);
  const facts: NaiveFacts = { purchases: [], subscriptions: [], registered: new Map() };
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

  const check = async (): Promise<void> => {
    for (let count = 0; count < 4; count += 1) {
      const [a, b] = [make.instant(), make.instant()].map((date) => date.toISOString().slice(0, 10)).sort();
      const window = { from: a!, to: b! };
      const naive = naiveFigures(facts, zone, window);
      const range = { start_date: a!, end_date: b! };
      expect(await readPeople(testContext(tenantId), { ...range, population: 'customers' })).toEqual(naive.people);
      const answer = await readRevenue(testContext(tenantId), { ...range, period: 'month', currency: 'USD' });
      const of = (currency: string, exponent: number) => ({
        currency,
        total_revenue: minorToMajor(naive.revenueOf(currency), exponent),
        mrr: minorToMajor(divideHalfUp(BigInt(naive.annualOf(currency)), 12n), exponent),
        arr: minorToMajor(naive.annualOf(currency), exponent),
      });
      expect(answer.by_currency).toEqual([of('JPY', 0), of('USD', 2)]);
    }
  };

  it('gives the figures that the definition gives, through additions and changes', async () => {
    tenantId = await makeTenant({ time_zone: zone });
    for (let index = 0; index < 5; index += 1) {
      const person = `s${seed}p${index}`;
      const registered_at = make.instant();
      facts.registered.set(person, registered_at);
      await markInstants(tenantId, [registered_at]);
      await insertFacts('Customer', [{ objectId: person, tenant: tenantId, registered_at }]);
    }
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
