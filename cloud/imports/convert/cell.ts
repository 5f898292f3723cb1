/** A value as a reader delivers it. A `Date` is an instant; sheet dates arrive as local ISO text instead. */
export type Cell = string | number | Date | boolean | null | CellFault;

/** A cell that holds something, but no value: an error of the spreadsheet, a formula that was never calculated. */
export class CellFault {
  constructor(
    /** What reports show of the cell. */
    readonly shown: string,
    /** A sentence for the row's error. */
    readonly message: string,
  ) {}
}

/** The codes a rejected row can carry (contract 2.8). */
export type RowErrorCode =
  | 'REQUIRED'
  | 'INVALID_NUMBER'
  | 'INVALID_DATE'
  | 'INVALID_CURRENCY'
  | 'TOO_LONG'
  | 'ROW_SHAPE'
  | 'DUPLICATE_KEY'
  | 'ORDER_CONFLICT';

/** Why a cell was refused. Returned, not thrown: a bad file has one a row, and throwing would dominate its cost. */
export class RowIssue {
  constructor(
    readonly code: RowErrorCode,
    readonly message: string,
  ) {}
}

/** Tells a refused cell from a converted one. */
export function isRowIssue(value: unknown): value is RowIssue {
  return value instanceof RowIssue;
}

/** Whether a cell counts as absent, so that a default or REQUIRED applies. White space alone is absent. */
export function isEmptyCell(cell: Cell | undefined): boolean {
  if (cell === null || cell === undefined) return true;
  if (typeof cell !== 'string') return false;
  // Most cells start with a visible character: trim only the others.
  return cell.length === 0 || (isSpaceLike(cell.charCodeAt(0)) && cell.trim() === '');
}

function isSpaceLike(code: number): boolean {
  return code <= 32 || code >= 0xa0;
}
