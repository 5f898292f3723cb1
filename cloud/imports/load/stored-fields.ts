import type { DataType } from '../plan/data-type';
import { stagedValue, storedValue, type StagedRow } from './staged-row';
import { purchaseFields } from './purchase-rows';

/** A field of the class with the mappable field behind it, for updates that touch only what was provided. */
export interface StoredField {
  name: string;
  value: unknown;
  from: string;
}

/**
 * What the rows of one stored object become, without ids, keys and pointers; empty values are left out. Items of an
 * order come together, otherwise the last row holds.
 */
export function storedFields(type: DataType, rows: readonly StagedRow[]): StoredField[] {
  const last = rows.at(-1);
  if (!last) return [];
  const fields = type.isGrouped ? purchaseFields(type, rows) : flatFields(type, last);
  if (type.idStored && type.idField) {
    fields.push({ name: type.idStored, value: stagedValue(type, last, 'business_id'), from: type.idField });
  }
  return fields.filter(({ value }) => value !== null);
}

function flatFields(type: DataType, row: StagedRow): StoredField[] {
  const fields: StoredField[] = [];
  type.columns.forEach((column, index) => {
    if (!column.stored) return;
    fields.push({ name: column.stored, value: storedValue(column, row.values[index] ?? null), from: column.from });
  });
  if (type.name === 'events') fields.push({ name: 'source', value: 'import', from: '' });
  return fields;
}
