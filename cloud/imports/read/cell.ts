import { decimalOfNumber, formatDecimal } from '../../../values/decimal';

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

/** Whether a cell counts as absent, so that a default or REQUIRED applies. White space alone is absent. */
export function isEmptyCell(cell: Cell | undefined): boolean {
  if (cell === null || cell === undefined) return true;
  if (typeof cell !== 'string') return false;
  // Most cells start with a visible character: trim only the others.
  return cell.length === 0 || (isSpaceLike(cell.charCodeAt(0)) && cell.trim() === '');
}

/** Any cell as text, for reports and headers; empty for null. Never fails. */
export function cellToText(cell: Cell): string {
  if (typeof cell === 'string') return cell;
  if (cell === null) return '';
  if (cell instanceof CellFault) return cell.shown;
  if (cell instanceof Date) return Number.isNaN(cell.getTime()) ? '' : cell.toISOString();
  if (typeof cell === 'boolean') return cell ? 'true' : 'false';
  const decimal = decimalOfNumber(cell);
  return decimal ? formatDecimal(decimal) : String(cell);
}

function isSpaceLike(code: number): boolean {
  return code <= 32 || code >= 0xa0;
}
