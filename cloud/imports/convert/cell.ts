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
