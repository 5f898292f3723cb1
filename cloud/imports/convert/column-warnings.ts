import { parseCurrency } from './currency';
import { isEmptyCell } from '../read/cell';
import { isRowIssue } from './cell';
import type { RawBatch } from '../read/row-batch';
import type { ImportOptions } from './options';
import type { ImportWarning } from './warning';

/** What a plan took from the columns, for named data types and for classes. */
export interface ColumnUse {
  /** Fields in the order of the type, with the column that gives them values; -1 for none. */
  fields: readonly { name: string; position: number }[];
  options: ImportOptions;
}

const MAX_NAMED = 100;
const CURRENCY_NAME = /curren|ccy|iso.?4217|w(ä|ae?)hrung|devise|moneda|valuta|moeda/i;

/** Columns that nothing is read from, above all those that look like a field that then came from somewhere else. */
export function columnWarnings({ fields, options }: ColumnUse, { header, rows }: RawBatch): ImportWarning[] {
  const used = new Set(fields.map(({ position }) => position));
  const ignored = header.flatMap((name, position) => (name === '' || used.has(position) ? [] : [{ name, position }]));
  if (!ignored.length) return [];
  const unread = fields.filter(({ position }) => position < 0).map(({ name }) => name);
  const missed = ignored.flatMap(({ name, position }) => {
    const field =
      unread.find((candidate) => plain(candidate) === plain(name)) ?? currencyField(unread, { name, position, rows });
    return field === undefined ? [] : [missedColumn(name, field, options)];
  });
  const columns = ignored.slice(0, MAX_NAMED).map(({ name }) => name.slice(0, 200));
  const message = `Nothing is read from ${ignored.length === 1 ? 'this column' : `these ${ignored.length} columns`}.`;
  return [...missed.slice(0, MAX_NAMED), { code: 'IGNORED_COLUMNS', message, columns }];
}

function currencyField(
  unread: readonly string[],
  { name, position, rows }: { name: string; position: number; rows: RawBatch['rows'] },
): string | undefined {
  if (!unread.includes('currency')) return undefined;
  if (CURRENCY_NAME.test(name)) return 'currency';
  const values = rows.map(({ cells }) => cells[position] ?? null).filter((cell) => !isEmptyCell(cell));
  return values.length > 0 && values.every((cell) => !isRowIssue(parseCurrency(cell))) ? 'currency' : undefined;
}

function missedColumn(column: string, field: string, { defaults }: ImportOptions): ImportWarning {
  const value = Object.hasOwn(defaults, field) ? defaults[field] : undefined;
  const instead =
    value === undefined ? `${field} has no column` : `${field} is "${String(value)}" in every row by default`;
  const shown = column.slice(0, 200);
  const message = `The column "${shown}" looks like ${field}, but is not read: ${instead}. Map it, as {"${field}":"${shown}"}.`;
  return { code: 'COLUMN_MISSED', message, columns: [shown] };
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}
