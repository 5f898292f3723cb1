import type { DataType, StageColumn, StageValue } from '../convert/data-type';

/** An accepted row: its number in the file, and values in the order of the type's columns. */
export interface StagedRow {
  row: number;
  values: readonly StageValue[];
}

const indexes = new WeakMap<DataType, ReadonlyMap<string, number>>();

/** A value of a staged row by column name; null where the type has no such column. */
export function stagedValue(type: DataType, { values }: StagedRow, column: string): StageValue {
  const index = indexOf(type).get(column);
  return index === undefined ? null : (values[index] ?? null);
}

function indexOf(type: DataType): ReadonlyMap<string, number> {
  let known = indexes.get(type);
  if (!known) {
    known = new Map(type.columns.map((column, index) => [column.name, index]));
    indexes.set(type, known);
  }
  return known;
}

/** A staged value as the class's field holds it. */
export function storedValue({ kind }: Pick<StageColumn, 'kind'>, value: StageValue): unknown {
  if (value === null) return null;
  if (kind === 'date') return new Date(Number(value));
  if (kind === 'json') return JSON.parse(String(value)) as unknown;
  return kind === 'string' ? value : Number(value);
}
