import type { AmountIs } from './options';

/** What an import did that its sender may not have meant; no row is refused for it. */
export interface ImportWarning {
  code:
    | 'IGNORED_COLUMNS'
    | 'COLUMN_MISSED'
    | 'AMOUNT_IS_ORDER'
    | 'AMOUNT_AMBIGUOUS'
    | 'ROUNDED'
    | 'CANCELLATION_DATED'
    | 'LINES_BY_PLACE';
  message: string;
  columns?: string[];
  /** The first rows that it is about. */
  rows?: number[];
  /** How many rows in all. */
  row_total?: number;
}

/** What a job tells beside counts and refused rows. */
export interface ImportReport {
  amount_is: { used: AmountIs; reason: string } | null;
  warnings: ImportWarning[];
}

export const EMPTY_REPORT: ImportReport = { amount_is: null, warnings: [] };

/** Row numbers that a warning names at most. */
export const MAX_WARNED_ROWS = 100;
