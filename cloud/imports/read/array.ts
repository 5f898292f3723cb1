import type { Cell } from '../cells/cell';
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
  const header = unionOfKeys(data, limits.columns);
  let rows: RawRow[] = [];
  let delivered = false;
  for (let index = 0; index < data.length; index++) {
    const item = data[index];
    const row = index + 1;
    if (!isRecord(item)) {
      rows.push({ row, cells: header.map(() => null), shape: true });
    } else {
      const cells = header.map((name) => toCell(item, name, row, limits.cellLength));
      if (cells.some((cell) => cell !== null && cell !== '')) rows.push({ row, cells });
    }
    if (rows.length >= BATCH_ROWS) {
      yield { header, rows };
      delivered = true;
      rows = [];
    }
  }
  if (rows.length > 0 || !delivered) yield { header, rows };
}

function unionOfKeys(data: readonly unknown[], maxColumns: number): string[] {
  const names = new Set<string>();
  for (const item of data) {
    if (isRecord(item)) for (const name of Object.keys(item)) names.add(name);
    if (names.size > maxColumns) throw invalidFile(`The data has more than ${maxColumns} different keys.`);
  }
  return [...names];
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
