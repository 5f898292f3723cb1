import { RowIssue } from '../cells/cell';
import type { DataType, StageValue } from '../plan/data-type';
import type { FieldPlan } from '../plan/mapping';
import { rowError, type RowError } from '../plan/row-error';
import type { StoredField } from './stored-fields';
import { stagedValue, type StagedRow } from './staged-row';

/** Separates the rows of one order from those that belong to another customer or currency. `rows` are in file order. */
export function checkOrder(
  type: DataType,
  rows: readonly StagedRow[],
  plan: FieldPlan,
): { accepted: StagedRow[]; conflicts: RowError[] } {
  const conflicts: RowError[] = [];
  const refuse = (row: StagedRow, field: string, message: string, code: 'ORDER_CONFLICT' | 'INVALID_NUMBER'): void => {
    const column = plan.sources.find((source) => source.spec.name === field)?.column ?? field;
    const value = stagedValue(type, row, field === 'amount' ? 'amount_minor' : field);
    conflicts.push(rowError(row.row, column, new RowIssue(code, message), value));
  };
  const agree = (given: readonly StagedRow[], field: string, message: string): StagedRow[] => {
    const first = firstOf(type, given, field);
    return given.filter((row) => {
      const value = stagedValue(type, row, field);
      // An empty customer is none, not another one.
      if (value === null || value === first) return true;
      refuse(row, field, message, 'ORDER_CONFLICT');
      return false;
    });
  };
  const sameCurrency = agree(rows, 'currency', 'The order has another currency.');
  const accepted = agree(sameCurrency, 'customer_id', 'The order has another customer.');
  if (Number.isSafeInteger(sumOf(type, accepted))) return { accepted, conflicts };
  for (const row of accepted) refuse(row, 'amount', "The order's total is too large.", 'INVALID_NUMBER');
  return { accepted: [], conflicts };
}

/** The fields of one Purchase from the rows that are its items. */
export function purchaseFields(type: DataType, rows: readonly StagedRow[]): StoredField[] {
  const first = (column: string): StageValue => firstOf(type, rows, column);
  const scale = Number(first('scale') ?? 1);
  const hasMoney = first('amount_minor') !== null;
  const totalMinor = hasMoney ? sumOf(type, rows) : null;
  const dates = rows.map((row) => stagedValue(type, row, 'purchased_at')).filter((value) => value !== null);
  const earliest = dates.reduce<number | null>(
    (least, date) => (least === null ? Number(date) : Math.min(least, Number(date))),
    null,
  );
  return [
    { name: 'total', value: totalMinor === null ? null : totalMinor / scale, from: 'amount' },
    { name: 'total_minor', value: totalMinor, from: 'amount' },
    { name: 'items', value: itemsOf(type, rows), from: 'amount' },
    { name: 'currency', value: first('currency'), from: 'currency' },
    { name: 'status', value: first('status'), from: 'status' },
    { name: 'source', value: 'import', from: '' },
    { name: 'channel', value: first('channel'), from: 'channel' },
    { name: 'purchased_at', value: earliest === null ? null : new Date(earliest), from: 'purchased_at' },
  ];
}

function itemsOf(type: DataType, rows: readonly StagedRow[]): unknown[] | null {
  const items = rows.map((row) => stagedValue(type, row, 'item')).filter((item) => item !== null);
  return items.length ? items.map((item) => JSON.parse(String(item)) as unknown) : null;
}

function firstOf(type: DataType, rows: readonly StagedRow[], column: string): StageValue {
  for (const row of rows) {
    const value = stagedValue(type, row, column);
    if (value !== null) return value;
  }
  return null;
}

function sumOf(type: DataType, rows: readonly StagedRow[]): number {
  let sum = 0;
  for (const row of rows) sum += Number(stagedValue(type, row, 'amount_minor') ?? 0);
  return sum;
}
