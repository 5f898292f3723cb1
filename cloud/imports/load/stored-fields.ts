import type { DataType } from '../convert/data-type';
import type { OrderFields } from './orders/order';
import { stagedValue, storedValue, type StagedRow } from './staged-row';

/** A field of the class with the mappable field behind it, for updates that touch only what was provided. */
export interface StoredField {
  name: string;
  value: unknown;
  from: string;
}

/** What a row becomes, without ids, keys and pointers; empty values are left out. Orders are put together elsewhere. */
export function storedFields(type: DataType, row: StagedRow): StoredField[] {
  const fields: StoredField[] = [];
  type.columns.forEach((column, index) => {
    if (!column.stored) return;
    fields.push({ name: column.stored, value: storedValue(column, row.values[index] ?? null), from: column.from });
  });
  if (hasSource(type)) fields.push({ name: 'source', value: 'import', from: '' });
  if (type.idStored && type.idField) {
    fields.push({ name: type.idStored, value: stagedValue(type, row, 'business_id'), from: type.idField });
  }
  return fields.filter(({ value }) => value !== null);
}

/** Rows say where they come from, where their class has a field for it. */
export function hasSource({ fact }: DataType): boolean {
  return 'source' in fact.fields;
}

/** The same of an order; `id` is undefined for a purchase without one. */
export function purchaseFields(order: OrderFields, id: string | undefined): StoredField[] {
  const { totalMinor, scale, items, currency, status, channel, purchasedAt } = order;
  return [
    { name: 'total', value: totalMinor === null ? null : totalMinor / scale, from: 'amount' },
    { name: 'total_minor', value: totalMinor, from: 'amount' },
    { name: 'items', value: items, from: 'amount' },
    { name: 'currency', value: currency, from: 'currency' },
    { name: 'status', value: status, from: 'status' },
    { name: 'source', value: 'import', from: '' },
    { name: 'channel', value: channel, from: 'channel' },
    { name: 'purchased_at', value: purchasedAt === null ? null : new Date(purchasedAt), from: 'purchased_at' },
    { name: 'order_id', value: id ?? null, from: 'order_id' },
  ].filter(({ value }) => value !== null);
}
