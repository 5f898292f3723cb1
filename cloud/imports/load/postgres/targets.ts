import type { DataType, StageColumn } from '../../convert/data-type';
import { hasSource } from '../stored-fields';

/** One column of the class's table: what it gets, in terms of `s` (the source row), `c` (its customer) and `t` (the stored row). */
export interface Assignment {
  column: string;
  value: string;
  /** The mappable field behind it; an `update` writes only provided fields. Undefined: always. */
  from?: string;
  /** The rules had the stored row before them: it gets the value as it is, also an empty one. */
  isSettled?: true;
}

/** What an import writes into a class's table beside ids, dates and permissions. */
export function assignmentsOf(type: DataType): Assignment[] {
  const assignments = type.isGrouped ? [...PURCHASE_ASSIGNMENTS] : type.columns.flatMap(plainAssignment);
  if (type.idStored && type.idField) {
    assignments.push({ column: type.idStored, value: 's.business_id', from: type.idField });
  }
  if (hasColumn(type, 'customer_id')) assignments.push({ column: 'customer', value: 'c.id', from: 'customer_id' });
  if (hasColumn(type, 'user_id')) assignments.push({ column: 'user', value: 's.user_id', from: 'user_id' });
  if (!type.isGrouped && hasSource(type)) assignments.push({ column: 'source', value: `'import'`, from: '' });
  return assignments;
}

export function hasColumn(type: DataType, name: string): boolean {
  return type.columns.some((column) => column.name === name);
}

const AMOUNT = 'amount';

const PURCHASE_ASSIGNMENTS: readonly Assignment[] = [
  // Both operands are exact integers, so the quotient is the double nearest to the decimal.
  { column: 'total', value: 's.total_minor / s.scale::double precision', from: AMOUNT },
  { column: 'total_minor', value: 's.total_minor', from: AMOUNT },
  { column: 'items', value: 's.items', from: AMOUNT },
  { column: 'currency', value: 's.currency', from: 'currency' },
  { column: 'status', value: 's.status', from: 'status' },
  { column: 'source', value: `'import'`, from: '' },
  { column: 'channel', value: 's.channel', from: 'channel' },
  { column: 'purchased_at', value: instant('s.purchased_at'), from: 'purchased_at' },
];

function plainAssignment(column: StageColumn): Assignment[] {
  if (!column.stored) return [];
  const staged = `s.${quoted(column.name)}`;
  const value = column.kind === 'date' ? instant(staged) : column.kind === 'json' ? `${staged}::jsonb` : staged;
  return [{ column: column.stored, value, from: column.from, ...(column.isSettled ? { isSettled: true } : {}) }];
}

/** Of staged milliseconds. */
export function instant(milliseconds: string): string {
  return `to_timestamp(${milliseconds}::double precision / 1000)`;
}

export function quoted(name: string): string {
  return `"${name}"`;
}
