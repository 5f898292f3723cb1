import type { Cell } from '../read/cell';
import type { RowIssue } from './cell';
import { cellToText } from '../read/cell';

/** Why a row was refused, as results report it. */
export interface RowError {
  row: number;
  column: string | null;
  code: string;
  message: string;
  value: string | null;
}

const MAX_VALUE_LENGTH = 200;

export function rowError(row: number, column: string | null, issue: RowIssue, cell: Cell | undefined): RowError {
  return { row, column, code: issue.code, message: issue.message, value: shownValue(cell) };
}

/** A cell for a report: short, and without what neither database can store. */
function shownValue(cell: Cell | undefined): string | null {
  if (cell === null || cell === undefined) return null;
  return cellToText(cell)
    .slice(0, MAX_VALUE_LENGTH)
    .replace(/\0|\p{Surrogate}/gu, '\uFFFD');
}
