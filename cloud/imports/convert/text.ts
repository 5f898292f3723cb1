import { hasUnstorable } from '../../facts/texts';
import { CellFault, cellToText, isEmptyCell, type Cell } from '../read/cell';
import { RowIssue } from './cell';

/**
 * A cell as trimmed text. Numbers become plain digits without `.0` or an exponent, dates ISO 8601 in UTC. A whole
 * number that a double does not surely hold is refused: two ids could have become one before it came here.
 * @param maxLength in UTF-16 units
 * @returns REQUIRED when empty, TOO_LONG, or ROW_SHAPE for a fault, such a number, and text that no database column
 * can hold (NUL, half a surrogate pair)
 */
export function parseText(cell: Cell, maxLength: number): string | RowIssue {
  if (isEmptyCell(cell)) return new RowIssue('REQUIRED', 'A text is required.');
  if (cell instanceof CellFault) return new RowIssue('ROW_SHAPE', cell.message);
  if (typeof cell === 'number' && Number.isInteger(cell) && !Number.isSafeInteger(cell)) return INEXACT;
  const text = cellToText(cell).trim();
  if (text.length > maxLength) return new RowIssue('TOO_LONG', `Longer than ${maxLength} characters.`);
  if (hasUnstorable(text)) return new RowIssue('ROW_SHAPE', 'Holds a NUL or half a surrogate pair.');
  return text;
}

/**
 * Like `parseText`, for identifiers: text such as `17850.0`, which other programs write for a numeric id beside
 * empty cells, is the id `17850`. Leading zeros stay (`00001`). An error of a spreadsheet, which CSV carries as text,
 * is the id of nobody.
 */
export function parseId(cell: Cell, maxLength: number): string | RowIssue {
  const text = parseText(cell, maxLength);
  if (typeof text === 'string' && text.startsWith('#') && SHEET_ERRORS.has(text)) {
    return new RowIssue('ROW_SHAPE', `The error ${text} of a spreadsheet is no value.`);
  }
  return typeof text === 'string' && text.endsWith('.0') && /^[1-9]\d*\.0$/.test(text) ? text.slice(0, -2) : text;
}

const SHEET_ERRORS = new Set([
  '#N/A',
  '#REF!',
  '#VALUE!',
  '#DIV/0!',
  '#NAME?',
  '#NUM!',
  '#NULL!',
  '#SPILL!',
  '#CALC!',
  '#GETTING_DATA',
]);

const INEXACT = new RowIssue('ROW_SHAPE', 'A number beyond 2^53 does not keep its digits; send it as text, in quotes.');
