import { createHash } from 'node:crypto';
import type { Db, Document } from 'mongodb';
import { addDays, dayInZone, startOfDay } from '../../../values/zone';
import type { DayRange, TenantSettings } from '../analytics.store.types';
import { DATED_FACTS } from '../personal-facts';
import { spansOf, type SubscriptionFacts } from '../subscription-spans';
import { itemsOf } from './items';

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

/** Midnight may be skipped or occur twice, so more is read than the days; the computed day decides. */
const MARGIN_MS = 3 * 3_600_000;

interface FactSource {
  db: Db;
  tenant: TenantSettings;
  range: DayRange;
}

/** Calls `visit` for each fact of the class whose day lies in the range. */
async function eachFact(
  source: FactSource,
  collection: string,
  dateField: string,
  filter: Document,
  visit: (fact: Document, day: string) => void,
): Promise<void> {
  const { db, tenant, range } = source;
  const from = new Date(startOfDay(range.from, tenant.timeZone) - MARGIN_MS);
  const to = new Date(startOfDay(addDays(range.to, 1), tenant.timeZone) + MARGIN_MS);
  const cursor = db.collection(collection).find({ ...filter, [dateField]: { $gte: from, $lt: to } });
  for await (const fact of cursor) {
    const day = dayInZone((fact[dateField] as Date).getTime(), tenant.timeZone);
    if (day >= range.from && day <= range.to) visit(fact, day);
  }
}

/** What the derived collections have to hold for a range. */
export interface FreshRows {
  rollup_money: Derived[];
  person_day: Derived[];
  subscription_span: Derived[];
}

/** Derives the rows of a range, reading each class once; the same rules as in postgres/facts.ts. */
export async function deriveRows(db: Db, tenant: TenantSettings, range: DayRange): Promise<FreshRows> {
  const source = { db, tenant, range };
  const mine = { _p_tenant: pointer('Tenant', tenant.id) };
  const money = new MoneyRows(tenant.id);
  const people = new PeopleRows(tenant.id);
  const spans: Derived[] = [];
  await Promise.all([
    eachFact(source, 'Purchase', 'purchased_at', { ...mine, status: 'paid' }, (fact, day) => {
      const minor = fact['total_minor'] as number | null | undefined;
      people.add('customers', day, idOf(fact['_p_customer']), typeof minor === 'number' && minor >= 0, true);
      money.addPurchase(fact, day);
    }),
    eachFact(source, 'Cost', 'date', mine, (fact, day) => money.addCost(fact, day)),
    eachFact(source, 'Subscription', 'started_at', mine, (fact, day) => {
      people.add('customers', day, idOf(fact['_p_customer']), false, true);
      spans.push(...spanRows(fact, tenant));
    }),
    eachFact(source, 'Customer', 'registered_at', { ...mine, erased_at: null }, (fact, day) => {
      people.add('customers', day, String(fact['_id']), false, true);
    }),
    eachFact(source, '_User', '_created_at', mine, (fact, day) => {
      people.add('users', day, String(fact['_id']), false, true);
    }),
    eachFact(source, 'Event', 'timestamp', mine, (fact, day) => {
      people.add('users', day, idOf(fact['_p_user']), true, false);
    }),
    addDeparted(source, people),
    addSeen(source, people),
  ]);
  return { rollup_money: money.rows(), person_day: people.rows(), subscription_span: spans };
}

class MoneyRows {
  private readonly byId = new Map<string, Derived>();

  constructor(private readonly tenantId: string) {}

  addPurchase(fact: Document, day: string): void {
    const { currency, channel, items } = fact;
    if (typeof currency !== 'string') return;
    const minor = (fact['total_minor'] as number | null) ?? 0;
    this.add(day, currency, 'total', '', minor, 1);
    this.add(day, currency, 'channel', (channel as string | null) ?? '', minor, 1);
    let rest = minor;
    for (const item of itemsOf(items, currency)) {
      rest -= item.minor;
      this.add(day, currency, 'product', item.product, item.minor, 1);
    }
    // What the items do not explain, so that the products of a day always add up to its total.
    this.add(day, currency, 'product', '', rest, 0);
  }

  addCost(fact: Document, day: string): void {
    const { currency, kind } = fact;
    if (typeof currency !== 'string') return;
    this.add(day, currency, 'cost', (kind as string | null) ?? '', (fact['amount_minor'] as number | null) ?? 0, 1);
  }

  rows(): Derived[] {
    return [...this.byId.values()].filter(
      (row) => row['dimension'] !== 'product' || row['key'] !== '' || row['minor'] !== 0,
    );
  }

  private add(day: string, currency: string, dimension: string, key: string, minor: number, entries: number): void {
    const keyHash = createHash('md5').update(key).digest('hex');
    const _id = `${this.tenantId}|${dimension}|${currency}|${day}|${keyHash}`;
    const row = this.byId.get(_id);
    if (row) {
      row['minor'] += minor;
      row['entries'] += entries;
    } else this.byId.set(_id, { _id, tenant: this.tenantId, dimension, currency, day, key, minor, entries });
  }
}

class PeopleRows {
  private readonly byId = new Map<string, Derived>();

  constructor(private readonly tenantId: string) {}

  add(population: string, day: string, person: string | null, active: boolean, starts: boolean): void {
    if (person === null) return;
    const _id = `${this.tenantId}|${population}|${day}|${person}`;
    const row = this.byId.get(_id);
    if (row) {
      row['active'] ||= active;
      row['starts'] ||= starts;
    } else this.byId.set(_id, { _id, tenant: this.tenantId, population, day, person, active, starts });
  }

  rows(): Derived[] {
    return [...this.byId.values()];
  }
}

/** Starts of people whose row is gone; one look-up a class tells whose is. */
async function addDeparted(source: FactSource, people: PeopleRows): Promise<void> {
  const found = new Map<string, { population: string; day: string; person: string }>();
  await eachFact(source, 'app_departed', 'start_at', { tenant: source.tenant.id }, (fact, day) => {
    const [population, person] = [fact['population'] as string, fact['person'] as string];
    found.set(`${population}|${person}`, { population, day, person });
  });
  for (const [population, className] of [
    ['users', '_User'],
    ['customers', 'Customer'],
  ] as const) {
    const ids = [...found.values()].filter((item) => item.population === population).map(({ person }) => person);
    if (!ids.length) continue;
    const there = source.db.collection(className).find({ _id: { $in: ids as never[] } });
    for await (const row of there.project({ _id: 1 })) found.delete(`${population}|${String(row['_id'])}`);
  }
  for (const { population, day, person } of found.values()) people.add(population, day, person, false, true);
}

async function addSeen({ db, tenant, range }: FactSource, people: PeopleRows): Promise<void> {
  const seen = db.collection('app_user_seen').find({ tenant: tenant.id, day: { $gte: range.from, $lte: range.to } });
  for await (const fact of seen) people.add('users', fact['day'] as string, fact['user_id'] as string, true, false);
}

function spanRows(fact: Document, tenant: TenantSettings): Derived[] {
  if (typeof fact['currency'] !== 'string') return [];
  return spansOf(toSubscription(fact), tenant.timeZone).map((span) => ({
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
    ...DATED_FACTS.map(({ className, dateField }): [string, string, Document] => [className, dateField, mine]),
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
