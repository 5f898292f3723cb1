import type { StageValue } from '../../convert/data-type';
import type { RowError } from '../../convert/row-error';

const NEEDS_ESCAPE = /[\\\n\r\t]/;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A staged row as a line of COPY's text format: row number, no errors, its id, the values. */
export function copyLine(row: number, id: string, values: readonly StageValue[]): string {
  let line = `${row}\t\\N\t${id}`;
  for (const value of values)
    line += value === null ? '\t\\N' : typeof value === 'number' ? `\t${value}` : `\t${escapeText(value)}`;
  return `${line}\n`;
}

/** A refused row: its errors as JSON, no id, and no values but the order that it belongs to, which is the first one. */
export function copyErrorLine(
  row: number,
  errors: readonly RowError[],
  { order, columnCount }: { order: string | null; columnCount: number },
): string {
  const first = order === null ? '\\N' : escapeText(order);
  return `${row}\t${escapeText(JSON.stringify(errors))}\t\\N\t${first}${'\t\\N'.repeat(columnCount - 1)}\n`;
}

/** COPY's text format: backslash, line ends and tabs are escaped. NUL cannot occur, conversion refuses it. */
function escapeText(text: string): string {
  return NEEDS_ESCAPE.test(text) ? text.replace(/[\\\n\r\t]/g, (character) => ESCAPES[character] ?? character) : text;
}
