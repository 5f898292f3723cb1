import type { ClassDefinition, FieldDefinition, IndexDefinition } from '../../core/schema/class-definition';
import { COST_KINDS, PURCHASE_STATUSES, SUBSCRIPTION_INTERVALS, SUBSCRIPTION_STATUSES } from './facts.choices';

const string: FieldDefinition = { type: 'String' };
const oneOf = (choices: readonly string[]): FieldDefinition => ({ type: 'String', choices });
const number: FieldDefinition = { type: 'Number' };
const date: FieldDefinition = { type: 'Date' };
const array: FieldDefinition = { type: 'Array' };
const object: FieldDefinition = { type: 'Object' };
const customer: FieldDefinition = { type: 'Pointer', targetClass: 'Customer' };

/**
 * `unique_key` is `<tenant>:<business id>` and absent where a row has no business id: a sparse
 * index over (tenant, id) would refuse the second row without one on MongoDB.
 */
const uniqueKey: IndexDefinition = { fields: ['unique_key'], unique: true };

/** The facts of a tenant's business; the figures are derived from these rows. */
export const FACT_CLASSES: readonly ClassDefinition[] = [
  {
    className: 'Customer',
    fields: {
      external_id: string,
      name: string,
      email: string,
      phone: string,
      tags: array,
      segments: array,
      /** Given start of the customer; the figures use the earliest business date known. */
      registered_at: date,
      erased_at: date,
      unique_key: string,
      import_id: string,
    },
    indexes: [uniqueKey, { fields: ['tenant', 'registered_at'] }],
    access: 'ten',
    tenant: true,
    liveQuery: true,
    serverFields: ['unique_key', 'import_id', 'erased_at'],
    derivesFrom: ['external_id', 'registered_at'],
    writers: ['analyst'],
  },
  {
    className: 'Purchase',
    fields: {
      order_id: string,
      customer,
      /** [{product_id, quantity, unit_price, amount}], money in major units. */
      items: array,
      /** Major units, as the client sent it; `total_minor` is the integer that the figures add. */
      total: number,
      total_minor: number,
      currency: string,
      status: oneOf(PURCHASE_STATUSES),
      source: string,
      channel: string,
      purchased_at: date,
      unique_key: string,
      import_id: string,
    },
    indexes: [uniqueKey, { fields: ['tenant', 'purchased_at'] }, { fields: ['customer'] }],
    access: 'ten',
    tenant: true,
    liveQuery: true,
    serverFields: ['total_minor', 'unique_key', 'import_id'],
    derivesFrom: ['order_id', 'total', 'currency', 'purchased_at'],
    writers: ['analyst'],
  },
  {
    className: 'Subscription',
    fields: {
      subscription_id: string,
      customer,
      plan: string,
      amount: number,
      amount_minor: number,
      currency: string,
      interval: oneOf(SUBSCRIPTION_INTERVALS),
      started_at: date,
      cancelled_at: date,
      trial_ends_at: date,
      status: oneOf(SUBSCRIPTION_STATUSES),
      /** [{from ISO, annual_minor, currency, plan}] ascending: what it was worth from when on. */
      versions: array,
      unique_key: string,
      import_id: string,
    },
    indexes: [uniqueKey, { fields: ['tenant', 'started_at'] }, { fields: ['customer'] }],
    access: 'ten',
    tenant: true,
    liveQuery: true,
    serverFields: ['amount_minor', 'versions', 'unique_key', 'import_id'],
    derivesFrom: [
      ...['subscription_id', 'plan', 'amount', 'amount_minor', 'currency', 'interval', 'status'],
      ...['started_at', 'cancelled_at', 'trial_ends_at'],
    ],
    writers: ['analyst'],
  },
  {
    className: 'Event',
    fields: {
      event_type: string,
      user: { type: 'Pointer', targetClass: '_User' },
      customer,
      properties: object,
      source: string,
      timestamp: date,
      event_id: string,
      unique_key: string,
      import_id: string,
    },
    indexes: [uniqueKey, { fields: ['tenant', 'timestamp'] }, { fields: ['user', 'timestamp'] }],
    access: 'ten',
    tenant: true,
    liveQuery: true,
    serverFields: ['unique_key', 'import_id'],
    derivesFrom: ['event_id', 'timestamp'],
    writers: ['analyst'],
    selfWriters: 'user',
  },
  {
    className: 'Cost',
    fields: {
      date,
      amount: number,
      amount_minor: number,
      currency: string,
      kind: oneOf(COST_KINDS),
      unique_key: string,
      import_id: string,
    },
    indexes: [{ fields: ['tenant', 'date'] }],
    access: 'ten',
    tenant: true,
    liveQuery: true,
    serverFields: ['amount_minor', 'unique_key', 'import_id'],
    derivesFrom: ['date', 'amount', 'currency'],
    writers: ['analyst'],
  },
  {
    className: 'Product',
    fields: {
      external_id: string,
      title: string,
      sku: string,
      price: number,
      cost: number,
      currency: string,
      stock: number,
      attributes: object,
      images: array,
      unique_key: string,
      import_id: string,
    },
    indexes: [uniqueKey],
    access: 'ten',
    tenant: true,
    liveQuery: true,
    serverFields: ['unique_key', 'import_id'],
    derivesFrom: ['external_id', 'price', 'currency'],
    writers: ['analyst'],
  },
];
