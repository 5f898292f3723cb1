import type { Cell } from './cell';
import { BATCH_ROWS, DEFAULT_READ_LIMITS, invalidFile, type RawBatch, type RawRow, type ReadLimits } from './row-batch';

/**
 * The rows of a JSON request's `data`. The header is the union of the keys in order of appearance; `row` is
 * index + 1; nested values arrive as JSON text; an element that is no object is marked as misshapen.
 * @throws AppError INVALID_FILE beyond the column or cell limit
 */
export async function* openRowsFromArray(
  data: readonly unknown[],
  limits: Pick<ReadLimits, 'columns' | 'cellLength'> = DEFAULT_READ_LIMITS,
): AsyncGenerator<RawBatch, void, undefined> {
  const keys = new HeaderKeys(limits.columns);
  for (const item of data) keys.add(item);
  const header = keys.header();
  let rows: RawRow[] = [];
  let delivered = false;
  for (let index = 0; index < data.length; index++) {
    const row = rowOf(data[index], header, index + 1, limits.cellLength);
    if (row) rows.push(row);
    if (rows.length >= BATCH_ROWS) {
      yield { header, rows };
      delivered = true;
      rows = [];
    }
  }
  if (rows.length > 0 || !delivered) yield { header, rows };
}

/** The union of the keys of objects, in order of appearance. */
export class HeaderKeys {
  private readonly names = new Set<string>();

  constructor(private readonly maxColumns: number) {}

  /** @throws AppError INVALID_FILE beyond the column limit */
  add(item: unknown): void {
    if (!isRecord(item)) return;
    for (const name of Object.keys(item)) this.names.add(name);
    if (this.names.size > this.maxColumns) {
      throw invalidFile(`The data has more than ${this.maxColumns} different keys.`);
    }
  }

  header(): string[] {
    return [...this.names];
  }
}

/**
 * One element as a row; undefined for an object without a value.
 * @throws AppError INVALID_FILE for a value that is too long
 */
export function rowOf(item: unknown, header: string[], row: number, maxLength: number): RawRow | undefined {
  if (!isRecord(item)) return { row, cells: header.map(() => null), shape: true };
  const cells = header.map((name) => toCell(item, name, row, maxLength));
  return cells.some((cell) => cell !== null && cell !== '') ? { row, cells } : undefined;
}

/** Own properties only: `constructor` in one row must not read the prototype of the next. */
function toCell(item: Record<string, unknown>, name: string, row: number, maxLength: number): Cell {
  if (!Object.hasOwn(item, name)) return null;
  const value = item[name];
  if (value === undefined || value === null) return null;
  if (typeof value === 'number' || typeof value === 'boolean' || value instanceof Date) return value;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text.length > maxLength)
    throw invalidFile(`Row ${row}: a value is longer than ${maxLength} characters.`, { row });
  return text;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
