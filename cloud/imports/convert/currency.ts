import { currencyCode, minorExponent } from '../../../values/money';
import { CellFault, isEmptyCell, type Cell } from '../read/cell';
import { RowIssue } from './cell';

/** A cell as an upper-case ISO 4217 code; REQUIRED when empty, INVALID_CURRENCY when unknown. */
export function parseCurrency(cell: Cell): string | RowIssue {
  if (isEmptyCell(cell)) return new RowIssue('REQUIRED', 'A currency is required.');
  if (cell instanceof CellFault) return new RowIssue('INVALID_CURRENCY', cell.message);
  if (typeof cell === 'string') {
    if (minorExponent(cell) !== undefined) return cell;
    const code = currencyCode(cell);
    if (code !== undefined) return code;
  }
  return new RowIssue('INVALID_CURRENCY', 'Not an ISO 4217 currency code.');
}
