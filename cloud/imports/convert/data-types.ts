import { invalidField } from '../../../core/operation/issues';
import {
  COST_KINDS,
  PURCHASE_STATUSES,
  SUBSCRIPTION_INTERVALS,
  SUBSCRIPTION_STATUSES,
} from '../../facts/facts.service';
import type { DataType, FieldSpec } from './data-type';

const CUSTOMER_ID: FieldSpec = { name: 'customer_id', kind: 'id' };

const PURCHASES: DataType = {
  name: 'purchases',
  className: 'Purchase',
  idField: 'order_id',
  idStored: 'order_id',
  keys: [['order_id']],
  isGrouped: true,
  fields: [
    { name: 'purchased_at', kind: 'instant', required: true },
    { name: 'amount', kind: 'amount', required: true },
    { name: 'quantity', kind: 'decimal' },
    { name: 'unit_price', kind: 'decimal' },
    { name: 'currency', kind: 'currency', required: true },
    CUSTOMER_ID,
    { name: 'order_id', kind: 'id' },
    { name: 'line_id', kind: 'id' },
    { name: 'product_id', kind: 'id' },
    { name: 'status', kind: 'choice', choices: PURCHASE_STATUSES, fallback: PURCHASE_STATUSES[0] },
    { name: 'channel', kind: 'text', maxLength: 200 },
  ],
  columns: [
    { name: 'business_id', kind: 'string', from: 'order_id' },
    { name: 'customer_id', kind: 'string', from: 'customer_id' },
    { name: 'purchased_at', kind: 'date', from: 'purchased_at' },
    { name: 'amount_minor', kind: 'integer', from: 'amount' },
    { name: 'scale', kind: 'integer', from: 'currency' },
    { name: 'currency', kind: 'string', from: 'currency' },
    { name: 'status', kind: 'string', from: 'status' },
    { name: 'channel', kind: 'string', from: 'channel' },
    { name: 'item', kind: 'json', from: 'amount' },
    { name: 'given_minor', kind: 'integer', from: 'amount' },
    { name: 'note', kind: 'integer', from: 'amount' },
  ],
};

const CUSTOMERS: DataType = {
  name: 'customers',
  className: 'Customer',
  idField: 'customer_id',
  idStored: 'external_id',
  keys: [['customer_id']],
  fields: [
    { ...CUSTOMER_ID, required: true },
    { name: 'name', kind: 'text' },
    { name: 'email', kind: 'text', maxLength: 320 },
    { name: 'phone', kind: 'text', maxLength: 64 },
    { name: 'created_at', kind: 'instant' },
  ],
  columns: [
    { name: 'business_id', kind: 'string', from: 'customer_id' },
    { name: 'name', kind: 'string', stored: 'name', from: 'name' },
    { name: 'email', kind: 'string', stored: 'email', from: 'email' },
    { name: 'phone', kind: 'string', stored: 'phone', from: 'phone' },
    { name: 'registered_at', kind: 'date', stored: 'registered_at', from: 'created_at' },
  ],
};

const EVENTS: DataType = {
  name: 'events',
  className: 'Event',
  idField: 'event_id',
  idStored: 'event_id',
  keys: [['event_id']],
  fields: [
    { name: 'event_type', kind: 'text', required: true, maxLength: 200 },
    { name: 'timestamp', kind: 'instant', required: true },
    { name: 'user_id', kind: 'id' },
    CUSTOMER_ID,
    { name: 'event_id', kind: 'id' },
    { name: 'properties', kind: 'json', maxLength: 100_000 },
  ],
  columns: [
    { name: 'business_id', kind: 'string', from: 'event_id' },
    { name: 'customer_id', kind: 'string', from: 'customer_id' },
    { name: 'user_id', kind: 'string', from: 'user_id' },
    { name: 'event_type', kind: 'string', stored: 'event_type', from: 'event_type' },
    { name: 'timestamp', kind: 'date', stored: 'timestamp', from: 'timestamp' },
    { name: 'properties', kind: 'json', stored: 'properties', from: 'properties' },
  ],
};

const SUBSCRIPTIONS: DataType = {
  name: 'subscriptions',
  className: 'Subscription',
  idField: 'subscription_id',
  idStored: 'subscription_id',
  keys: [['subscription_id']],
  fields: [
    { ...CUSTOMER_ID, required: true },
    { name: 'plan', kind: 'text', required: true, maxLength: 200 },
    { name: 'amount', kind: 'amount', required: true },
    { name: 'currency', kind: 'currency', required: true },
    { name: 'interval', kind: 'choice', choices: SUBSCRIPTION_INTERVALS, fallback: 'month' },
    { name: 'started_at', kind: 'instant', required: true },
    { name: 'cancelled_at', kind: 'instant' },
    { name: 'trial_ends_at', kind: 'instant' },
    { name: 'status', kind: 'choice', choices: SUBSCRIPTION_STATUSES },
    { name: 'subscription_id', kind: 'id' },
  ],
  columns: [
    { name: 'business_id', kind: 'string', from: 'subscription_id' },
    { name: 'customer_id', kind: 'string', from: 'customer_id' },
    { name: 'plan', kind: 'string', stored: 'plan', from: 'plan' },
    { name: 'amount', kind: 'number', stored: 'amount', from: 'amount' },
    { name: 'amount_minor', kind: 'integer', stored: 'amount_minor', from: 'amount' },
    { name: 'currency', kind: 'string', stored: 'currency', from: 'currency' },
    { name: 'interval', kind: 'string', stored: 'interval', from: 'interval' },
    { name: 'started_at', kind: 'date', stored: 'started_at', from: 'started_at' },
    { name: 'cancelled_at', kind: 'date', stored: 'cancelled_at', from: 'cancelled_at' },
    { name: 'trial_ends_at', kind: 'date', stored: 'trial_ends_at', from: 'trial_ends_at' },
    { name: 'status', kind: 'string', stored: 'status', from: 'status' },
    { name: 'versions', kind: 'json', stored: 'versions', from: 'amount' },
    { name: 'note', kind: 'integer', from: 'amount' },
  ],
};

const COSTS: DataType = {
  name: 'costs',
  className: 'Cost',
  keys: [
    ['date', 'kind', 'currency'],
    ['date', 'kind'],
  ],
  fields: [
    { name: 'date', kind: 'instant', required: true },
    { name: 'amount', kind: 'amount', required: true },
    { name: 'currency', kind: 'currency', required: true },
    { name: 'kind', kind: 'choice', choices: COST_KINDS, fallback: COST_KINDS[0] },
  ],
  columns: [
    { name: 'date', kind: 'date', stored: 'date', from: 'date' },
    { name: 'amount', kind: 'number', stored: 'amount', from: 'amount' },
    { name: 'amount_minor', kind: 'integer', stored: 'amount_minor', from: 'amount' },
    { name: 'currency', kind: 'string', stored: 'currency', from: 'currency' },
    { name: 'kind', kind: 'string', stored: 'kind', from: 'kind' },
    { name: 'note', kind: 'integer', from: 'amount' },
  ],
};

const PRODUCTS: DataType = {
  name: 'products',
  className: 'Product',
  idField: 'product_id',
  idStored: 'external_id',
  keys: [['product_id']],
  fields: [
    { name: 'product_id', kind: 'id', required: true },
    { name: 'title', kind: 'text' },
    { name: 'price', kind: 'decimal' },
    { name: 'currency', kind: 'currency' },
  ],
  columns: [
    { name: 'business_id', kind: 'string', from: 'product_id' },
    { name: 'title', kind: 'string', stored: 'title', from: 'title' },
    { name: 'price', kind: 'number', stored: 'price', from: 'price' },
    { name: 'currency', kind: 'string', stored: 'currency', from: 'currency' },
  ],
};

const DATA_TYPES = new Map(
  [PURCHASES, CUSTOMERS, EVENTS, SUBSCRIPTIONS, COSTS, PRODUCTS].map((type) => [type.name, type]),
);

/** @throws AppError VALIDATION_ERROR for a name that is none of the six */
export function dataType(name: string): DataType {
  const found = DATA_TYPES.get(name);
  if (!found)
    throw invalidField(
      'data_type',
      'not_allowed',
      `must be one of ${[...DATA_TYPES.keys()].join(', ')}, or class:<Name>`,
    );
  return found;
}

/** The class named by `class:<Name>`, or undefined for a named data type. */
export function classNameOf(dataTypeName: string): string | undefined {
  return dataTypeName.startsWith('class:') ? dataTypeName.slice('class:'.length) : undefined;
}
