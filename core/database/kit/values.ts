import { AppError } from '../../errors';
import { fromMongoPointer, toMongoPointer } from './pointer';
import { kindOf, mongoName, type ColumnKind, type Shape } from './shape';
import { scalar } from './where';

/** A `\u0000` in JSON text that is no escaped backslash before plain letters. */
const JSON_NUL = /(?<!\\)(?:\\\\)*\\u0000/;
/** Names that the driver of MongoDB, or JavaScript, would read as something else. */
const FOREIGN_NAMES: ReadonlySet<string> = new Set(['_bsontype', '$ref', '__proto__']);

/** @throws AppError VALIDATION_ERROR for a value that one of the databases could not keep */
function jsonOf(column: string, value: unknown): string {
  let isForeign = false;
  const text = JSON.stringify(value, (name, inner: unknown) => {
    isForeign ||= FOREIGN_NAMES.has(name);
    return inner;
  }) as string | undefined;
  if (text === undefined || isForeign || JSON_NUL.test(text))
    throw new AppError('VALIDATION_ERROR', `"${column}" cannot have this value.`);
  return text;
}

const plain = (column: string, value: unknown): unknown =>
  Array.isArray(value) ? value.map((one) => scalar(column, one)) : scalar(column, value);

export function toPostgres<Row>(shape: Shape<Row>, column: string, value: unknown): unknown {
  if (kindOf(shape, column) === 'json') return value === null ? null : jsonOf(column, value);
  return plain(column, value);
}

export function toMongo<Row>(shape: Shape<Row>, column: string, value: unknown): unknown {
  const kind = kindOf(shape, column);
  // Through JSON, so that both databases keep the same of dates and undefined.
  if (kind === 'json') return value === null ? null : (JSON.parse(jsonOf(column, value)) as unknown);
  const checked = plain(column, value);
  return typeof kind === 'object' && typeof checked === 'string' ? toMongoPointer(kind.pointerTo, checked) : checked;
}

export function fromPostgres<Row>(shape: Shape<Row>, stored: Record<string, unknown>): Row {
  return mapColumns(shape, (column, kind) => {
    const value = stored[column] ?? null;
    return kind === 'integer' && value !== null ? Number(value) : value;
  });
}

export function fromMongo<Row>(shape: Shape<Row>, stored: Record<string, unknown>): Row {
  return mapColumns(shape, (column, kind) => {
    const value = stored[mongoName(shape, column)] ?? null;
    return typeof kind === 'object' && typeof value === 'string' ? fromMongoPointer(value) : value;
  });
}

function mapColumns<Row>(shape: Shape<Row>, read: (column: string, kind: ColumnKind) => unknown): Row {
  const row: Record<string, unknown> = {};
  for (const [column, kind] of Object.entries<ColumnKind>(shape.columns)) row[column] = read(column, kind);
  return row as Row;
}

/** Without the columns that are not given. */
export function given<Row>(shape: Shape<Row>, row: Partial<Row>): [column: string, value: unknown][] {
  const columns = Object.entries(row).filter(([, value]) => value !== undefined);
  for (const [column] of columns) kindOf(shape, column);
  return columns;
}

/** @throws Error when a part of the key is missing: a mistake in code */
export function keyOf<Row>(shape: Shape<Row>, row: Partial<Row>): [column: string, value: unknown][] {
  return shape.key.map((column) => {
    const value = row[column];
    if (value === undefined || value === null) throw new Error(`A row needs its "${column}".`);
    return [column, value];
  });
}
