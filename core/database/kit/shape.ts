/** `json`: any JSON value; `integer`: a whole number that PostgreSQL may keep as bigint; else what the driver maps itself. */
export type ColumnKind = 'plain' | 'integer' | 'json' | { pointerTo: string };

/**
 * A table of ours, or a Parse class, as both databases know it. Names are written by hand in code, never taken from
 * input; a row's fields have the names of the columns on PostgreSQL.
 */
export interface Shape<Row> {
  /** `app.<table>` on PostgreSQL, `app_<table>` on MongoDB. */
  table?: string;
  /** Instead of `table`: a Parse class, whose key is `objectId`. */
  className?: string;
  /** What makes a row one; a single column of ours is `_id` on MongoDB. */
  key: readonly (keyof Row & string)[];
  columns: { readonly [Column in keyof Row & string]: ColumnKind };
}

const PARSE_NAMES: Readonly<Record<string, string>> = {
  objectId: '_id',
  createdAt: '_created_at',
  updatedAt: '_updated_at',
};
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** @throws Error for a name that could not stand in a statement: a mistake in code */
export function checkShape<Row>({ table, className, key, columns }: Shape<Row>): void {
  if ((table === undefined) === (className === undefined)) throw new Error('A shape is of a table or of a class.');
  const names = [table ?? className!, ...Object.keys(columns), ...key];
  const wrong = names.find((name) => !IDENTIFIER.test(name)) ?? key.find((name) => !Object.hasOwn(columns, name));
  if (wrong !== undefined || !key.length) throw new Error(`A shape cannot have the name "${wrong}".`);
}

export function kindOf<Row>(shape: Shape<Row>, column: string): ColumnKind {
  if (!Object.hasOwn(shape.columns, column)) throw new Error(`"${column}" is no column here.`);
  return shape.columns[column as keyof Row & string];
}

export const postgresTable = <Row>({ table, className }: Shape<Row>): string =>
  table === undefined ? `"${className}"` : `app."${table}"`;

export const mongoCollection = <Row>({ table, className }: Shape<Row>): string =>
  table === undefined ? className! : `app_${table}`;

export function mongoName<Row>(shape: Shape<Row>, column: string): string {
  const kind = kindOf(shape, column);
  if (typeof kind === 'object') return `_p_${column}`;
  if (shape.className !== undefined) return PARSE_NAMES[column] ?? column;
  return shape.key.length === 1 && shape.key[0] === column ? '_id' : column;
}
