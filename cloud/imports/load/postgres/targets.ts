import type { DataType, StageColumn } from '../../convert/data-type';
import { NOTE } from '../../convert/note';

/** One column of the class's table: what it gets, in terms of `s` (the source row), `c` (its customer) and `t` (the stored row). */
export interface Assignment {
  column: string;
  value: string;
  /** The mappable field behind it; an `update` writes only provided fields. Undefined: always. */
  from?: string;
  /** Instead of "the new value, or the old one where the new is empty". */
  onUpdate?: string;
}

/** What an import writes into a class's table beside ids, dates and permissions. */
export function assignmentsOf(type: DataType): Assignment[] {
  const assignments = type.isGrouped ? [...PURCHASE_ASSIGNMENTS] : type.columns.flatMap(plainAssignment);
  if (type.idStored && type.idField) {
    assignments.push({ column: type.idStored, value: 's.business_id', from: type.idField });
  }
  if (hasColumn(type, 'customer_id')) assignments.push({ column: 'customer', value: 'c.id', from: 'customer_id' });
  if (hasColumn(type, 'user_id')) assignments.push({ column: 'user', value: 's.user_id', from: 'user_id' });
  if (type.name === 'events') assignments.push({ column: 'source', value: `'import'`, from: '' });
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
  const assignment: Assignment = { column: column.stored, value, from: column.from };
  const onUpdate = ON_UPDATE[column.stored]?.(value);
  return [onUpdate === undefined ? assignment : { ...assignment, onUpdate }];
}

/** What was only derived from a row gives way to what is stored. */
function unless(note: number, column: string): (value: string) => string {
  return (value) =>
    `case when coalesce(s.note, 0) & ${note} <> 0 then coalesce(t.${column}, ${value}) else coalesce(${value}, t.${column}) end`;
}

/** A changed worth takes effect now; days before it keep answering as they did. */
const VERSIONS_ON_UPDATE = `case
  when s.versions is null then t.versions
  when coalesce(jsonb_array_length(t.versions), 0) = 0 then s.versions::jsonb
  when (t.versions -> -1) - 'from' = (s.versions::jsonb -> 0) - 'from' then t.versions
  else t.versions || jsonb_set(s.versions::jsonb -> 0, '{from}', to_jsonb(
    to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) end`;

const ON_UPDATE: Readonly<Record<string, (value: string) => string>> = {
  versions: () => VERSIONS_ON_UPDATE,
  cancelled_at: unless(NOTE.DATED, 'cancelled_at'),
  status: unless(NOTE.STATUS_DERIVED, 'status'),
};

function instant(milliseconds: string): string {
  return `to_timestamp(${milliseconds}::double precision / 1000)`;
}

export function quoted(name: string): string {
  return `"${name}"`;
}
