import type { FactValues } from '../../facts/define';
import { checkRow, factValue, stagedValueOf } from '../convert/fact-rule';
import type { DataType, StageColumn } from '../convert/data-type';
import type { FieldPlan } from '../convert/mapping';
import { rowError, type RowError } from '../convert/row-error';
import { isProvided } from './provided';
import { stagedValue, type StagedRow } from './staged-row';

/** Rows of one key: the last one that the rules take, as they leave it, and those that they refuse. */
export interface SettledRows {
  row: StagedRow | undefined;
  errors: RowError[];
}

/** Whether the rules of the fact want to see the stored row that a row of the file meets. */
export function meetsStored(plan: FieldPlan): boolean {
  if (plan.type.isGrouped || plan.areRowsNew) return false;
  return plan.type.fact.check !== undefined || changesCurrency(plan);
}

/** Rows that need an amount bring it; those of an update may bring a currency alone, which the stored amount then has. */
function changesCurrency({ type, isUpdate, provided, key }: FieldPlan): boolean {
  const hasAmount = type.fields.some(({ kind }) => kind === 'amount');
  return hasAmount && isUpdate && provided.has('currency') && !key.includes('currency');
}

/** Whether the rules may leave something else in a staged column than the row of the file has. */
export function isLeftByRules({ isSettled, derived }: StageColumn): boolean {
  return isSettled === true || derived === 'note' || derived === 'major' || derived === 'minor';
}

/**
 * Of rows with one key the last holds: it is checked as a save of the stored row would be, and where it is refused the
 * one before it is.
 */
export function settleRows(plan: FieldPlan, rows: readonly StagedRow[], stored: FactValues | undefined): SettledRows {
  if (!stored && plan.isUpdate) return { row: rows.at(-1), errors: [] };
  const errors: RowError[] = [];
  for (const row of [...rows].reverse()) {
    const result = settleRow(plan, row, stored);
    if ('values' in result) return { row: result, errors };
    errors.push(result);
  }
  return { row: undefined, errors };
}

function settleRow(plan: FieldPlan, row: StagedRow, stored: FactValues | undefined): StagedRow | RowError {
  const { type, importedAt } = plan;
  const result = checkRow({ type, now: importedAt }, givenOf(plan, row, stored), stored);
  if ('issue' in result) {
    const column = plan.sources.find(({ spec }) => spec === result.spec)?.column ?? result.spec.name;
    return rowError(row.row, column, result.issue, shownOf(type, row, result.spec.stored));
  }
  const values = type.columns.map((column, index) => {
    if (column.isSettled) return stagedValueOf(column, result.values[column.stored!]);
    const value = row.values[index] ?? null;
    if (column.derived === 'note') return Number(value) | result.note || null;
    return isLeftByRules(column) ? (value ?? stagedValueOf(column, result.values[column.stored!])) : value;
  });
  return { row: row.row, values };
}

/** What the row says: of a new one everything, of a change what the file brings and is not empty. */
function givenOf(plan: FieldPlan, row: StagedRow, stored: FactValues | undefined): FactValues {
  const { type } = plan;
  const given: Record<string, unknown> = {};
  if (!stored) for (const name of Object.keys(type.fact.fields)) given[name] = null;
  type.columns.forEach((column, index) => {
    const value = row.values[index] ?? null;
    const isGiven = column.stored !== undefined && (!stored || (value !== null && isProvided(plan, column.from)));
    if (isGiven) given[column.stored!] = factValue(column.kind, value);
  });
  return given;
}

function shownOf(type: DataType, row: StagedRow, stored: string | undefined): string | number | null {
  const column = type.columns.find((candidate) => candidate.stored === stored);
  const value = column ? stagedValue(type, row, column.name) : null;
  return column?.kind === 'date' && value !== null ? new Date(Number(value)).toISOString() : value;
}
