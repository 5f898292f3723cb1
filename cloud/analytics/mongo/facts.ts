import { createHash } from 'node:crypto';
import type { Db, Document } from 'mongodb';
import { majorToMinor, minorExponent } from '../../../core/money';
import { addDays, dayInZone, startOfDay } from '../../../core/zone';
import type { DayRange, TenantSettings } from '../analytics.store';
import { spansOf, type SubscriptionFacts, type SubscriptionSpan } from '../subscription-spans';

/** Derived documents; `_id` is composed of the key, so that writing one twice changes nothing. */
export interface Derived extends Document {
  _id: string;
  tenant: string;
}

export const pointer = (className: string, id: string): string => `${className}$${id}`;

/** The id in a pointer column `_p_customer: 'Customer$id'`. */
export function idOf(value: unknown): string | null {
  return typeof value === 'string' ? value.slice(value.indexOf('$') + 1) : null;
}

/** Calls `visit` for each fact of the class whose day lies in the range. */
async function eachFact(
  source: { db: Db; tenant: TenantSettings; range: DayRange },
  collection: string,
  dateField: string,
  filter: Document,
  visit: (fact: Document, day: string) => void,
): Promise<void> {
  const { db, tenant, range } = source;
  const from = new Date(startOfDay(range.from, tenant.timeZone));
  const to = new Date(startOfDay(addDays(range.to, 1), tenant.timeZone));
  const cursor = db.collection(collection).find({ ...filter, [dateField]: { $gte: from, $lt: to } });
  for await (const fact of cursor) {
    visit(fact, dayInZone((fact[dateField] as Date).getTime(), tenant.timeZone));
  }
}

/** What `rollup_money` has to hold for the range; the same rules as in postgres/facts.ts. */
export async function moneyRows(db: Db, tenant: TenantSettings, range: DayRange): Promise<Derived[]> {
  const rows = new Map<string, Derived>();
  const add = (day: string, currency: string, dimension: string, key: string, minor: number, entries: number): void => {
    const keyHash = createHash('md5').update(key).digest('hex');
    const _id = `${tenant.id}|${dimension}|${currency}|${day}|${keyHash}`;
    const row = rows.get(_id);
    if (row) {
      row['minor'] += minor;
      row['entries'] += entries;
    } else rows.set(_id, { _id, tenant: tenant.id, dimension, currency, day, key, minor, entries });
  };
  const source = { db, tenant, range };
  const mine = { _p_tenant: pointer('Tenant', tenant.id), currency: { $type: 'string' } };
  await eachFact(source, 'Purchase', 'purchased_at', { ...mine, status: 'paid' }, (fact, day) => {
    const currency = fact['currency'] as string;
    const minor = (fact['total_minor'] as number | null) ?? 0;
    add(day, currency, 'total', '', minor, 1);
    add(day, currency, 'channel', (fact['channel'] as string | null) ?? '', minor, 1);
    let rest = minor;
    for (const item of itemsOf(fact['items'], currency)) {
      rest -= item.minor;
      add(day, currency, 'product', item.product, item.minor, 1);
    }
    // What the items do not explain, so that the products of a day always add up to its total.
    add(day, currency, 'product', '', rest, 0);
  });
  await eachFact(source, 'Cost', 'date', mine, (fact, day) => {
    add(
      day,
      fact['currency'] as string,
      'cost',
      (fact['kind'] as string | null) ?? '',
      (fact['amount_minor'] as number | null) ?? 0,
      1,
    );
  });
  return [...rows.values()].filter((row) => row['dimension'] !== 'product' || row['key'] !== '' || row['minor'] !== 0);
}

/** Items that name a product, in minor units. Without one or without an amount they are part of the rest. */
function itemsOf(items: unknown, currency: string): { product: string; minor: number }[] {
  if (!Array.isArray(items)) return [];
  return (items as Record<string, unknown>[]).flatMap((item) => {
    const { product_id: product, amount, quantity, unit_price: price } = item ?? {};
    if (typeof product !== 'string' || product === '') return [];
    const exponent = minorExponent(currency) ?? 2;
    if (typeof amount === 'number')
      return Math.abs(amount) < 9e15 ? [{ product, minor: majorToMinor(amount, exponent) }] : [];
    if (typeof quantity !== 'number' || typeof price !== 'number') return [];
    const minor = productMinor(quantity, price, exponent);
    return minor === undefined ? [] : [{ product, minor }];
  });
}

/** quantity × unit_price exactly, on their decimal texts, then rounded half-up. */
function productMinor(quantity: number, price: number, exponent: number): number | undefined {
  const scale = 6;
  try {
    // Quantities with more than six decimals are not met; the price keeps all of its digits.
    const whole = BigInt(majorToMinor(quantity, scale)) * BigInt(majorToMinor(price, scale));
    const divisor = 10n ** BigInt(2 * scale - exponent);
    const half = whole < 0n ? -divisor / 2n : divisor / 2n;
    return Number((whole + half) / divisor);
  } catch {
    return undefined;
  }
}

/** What `person_day` has to hold for the range. */
export async function peopleRows(db: Db, tenant: TenantSettings, range: DayRange): Promise<Derived[]> {
  const rows = new Map<string, Derived>();
  const add = (population: string, day: string, person: string | null, active: boolean, starts: boolean): void => {
    if (person === null) return;
    const _id = `${tenant.id}|${population}|${day}|${person}`;
    const row = rows.get(_id);
    if (row) {
      row['active'] ||= active;
      row['starts'] ||= starts;
    } else rows.set(_id, { _id, tenant: tenant.id, population, day, person, active, starts });
  };
  const source = { db, tenant, range };
  const mine = { _p_tenant: pointer('Tenant', tenant.id) };
  await eachFact(source, 'Purchase', 'purchased_at', { ...mine, status: 'paid' }, (fact, day) => {
    const minor = fact['total_minor'] as number | null | undefined;
    add('customers', day, idOf(fact['_p_customer']), typeof minor === 'number' && minor >= 0, true);
  });
  await eachFact(source, 'Subscription', 'started_at', mine, (fact, day) => {
    add('customers', day, idOf(fact['_p_customer']), false, true);
  });
  await eachFact(source, 'Customer', 'registered_at', { ...mine, erased_at: null }, (fact, day) => {
    add('customers', day, String(fact['_id']), false, true);
  });
  await eachFact(source, '_User', '_created_at', mine, (fact, day) => {
    add('users', day, String(fact['_id']), false, true);
  });
  await eachFact(source, 'Event', 'timestamp', mine, (fact, day) => {
    add('users', day, idOf(fact['_p_user']), true, false);
  });
  for (const { population, day, person } of await departedIn(source)) add(population, day, person, false, true);
  const seen = db.collection('app_user_seen').find({ tenant: tenant.id, day: { $gte: range.from, $lte: range.to } });
  for await (const fact of seen) add('users', fact['day'] as string, fact['user_id'] as string, true, false);
  return [...rows.values()];
}

async function departedIn(source: { db: Db; tenant: TenantSettings; range: DayRange }) {
  const found: { population: string; day: string; person: string }[] = [];
  await eachFact(source, 'app_departed', 'start_at', { tenant: source.tenant.id }, (fact, day) => {
    found.push({ population: fact['population'] as string, day, person: fact['person'] as string });
  });
  const gone: typeof found = [];
  for (const item of found) {
    const collection = item.population === 'users' ? '_User' : 'Customer';
    if (!(await source.db.collection(collection).findOne({ _id: item.person as never }))) gone.push(item);
  }
  return gone;
}

/** What `subscription_span` has to hold for the subscriptions that started in the range. */
export async function spanRows(db: Db, tenant: TenantSettings, range: DayRange): Promise<Derived[]> {
  const spans: SubscriptionSpan[] = [];
  const mine = { _p_tenant: pointer('Tenant', tenant.id), currency: { $type: 'string' } };
  await eachFact({ db, tenant, range }, 'Subscription', 'started_at', mine, (fact) => {
    spans.push(...spansOf(toSubscription(fact), tenant.timeZone));
  });
  return spans.map((span) => ({
    _id: `${tenant.id}|${span.subscription}|${span.from_day}`,
    tenant: tenant.id,
    ...span,
  }));
}

function toSubscription(fact: Document): SubscriptionFacts {
  return {
    id: String(fact['_id']),
    customer: idOf(fact['_p_customer']),
    plan: (fact['plan'] as string | undefined) ?? null,
    amountMinor: (fact['amount_minor'] as number | null) ?? 0,
    currency: fact['currency'] as string,
    interval: (fact['interval'] as string | undefined) ?? null,
    startedAt: fact['started_at'] as Date,
    cancelledAt: (fact['cancelled_at'] as Date | undefined) ?? null,
    trialEndsAt: (fact['trial_ends_at'] as Date | undefined) ?? null,
    versions: (fact['versions'] as SubscriptionFacts['versions'] | undefined) ?? null,
  };
}

/** All days on which the tenant has a fact. */
export async function allDays(db: Db, tenant: TenantSettings): Promise<string[]> {
  const mine = { _p_tenant: pointer('Tenant', tenant.id) };
  const sources: [string, string, Document][] = [
    ['Purchase', 'purchased_at', mine],
    ['Subscription', 'started_at', mine],
    ['Customer', 'registered_at', mine],
    ['Cost', 'date', mine],
    ['Event', 'timestamp', mine],
    ['_User', '_created_at', mine],
    ['app_departed', 'start_at', { tenant: tenant.id }],
  ];
  const days = new Set<string>();
  for (const [collection, field, filter] of sources) {
    const facts = db.collection(collection).find({ ...filter, [field]: { $type: 'date' } });
    for await (const fact of facts.project({ [field]: 1 })) {
      days.add(dayInZone((fact[field] as Date).getTime(), tenant.timeZone));
    }
  }
  for (const day of await db.collection('app_user_seen').distinct('day', { tenant: tenant.id })) days.add(String(day));
  return [...days];
}
