import { parseExactJson } from '../../../core/exact-json';
import { isStorableJson } from '../../facts/json-value';
import type { Cell } from '../read/cell';
import { isRowIssue, RowIssue } from './cell';
import { parseText } from './text';

/** No measure is a value of a row here. */
const ANYWHERE = 0;

/**
 * A cell that holds a JSON object, as compact JSON text; keys that Parse refuses to store are refused here.
 * @param maxBytes of the compact text
 */
export function parseJsonObject(cell: Cell, maxBytes: number): string | RowIssue {
  // Spaces between its parts do not count; what is far longer is not read.
  const text = parseText(cell, maxBytes * 4);
  if (isRowIssue(text)) return text;
  let value: unknown;
  try {
    // Whole numbers beyond 2^53 become texts, as in rows of JSON.
    value = parseExactJson(text, ANYWHERE);
  } catch {
    return new RowIssue('ROW_SHAPE', 'Not a JSON object.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return new RowIssue('ROW_SHAPE', 'Not a JSON object.');
  }
  if (!isStorableJson(value)) return new RowIssue('ROW_SHAPE', 'JSON nested too deep, or a key that cannot be stored.');
  const compact = JSON.stringify(value);
  return Buffer.byteLength(compact) > maxBytes ? new RowIssue('TOO_LONG', `Longer than ${maxBytes} bytes.`) : compact;
}
