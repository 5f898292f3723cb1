import { AppError } from '../../errors';

export type Operator = 'eq' | 'ne' | 'lt' | 'lte' | 'gt' | 'gte' | 'in' | 'between' | 'json';

/** A condition on a column. Made by the functions below alone, so that no object from outside can act as one. */
export class Test<Value = unknown> {
  /** Keeps tests of one type from standing for another. */
  declare readonly of: Value;

  constructor(
    readonly operator: Operator,
    readonly operand: unknown,
    readonly orNull = false,
    /** `json`: the field asked for. */
    readonly field = '',
  ) {}
}

export const lt = <V>(value: V): Test<V> => new Test('lt', value);
export const lte = <V>(value: V): Test<V> => new Test('lte', value);
export const gt = <V>(value: V): Test<V> => new Test('gt', value);
export const gte = <V>(value: V): Test<V> => new Test('gte', value);
/** From the first on, and before the second. */
export const between = <V>(from: V, to: V): Test<V> => new Test('between', [from, to]);
/** As {@link between}, open on the side that is not given; undefined where neither is: then there is no condition. */
export function during<V>(from: V | undefined, to: V | undefined): Test<V> | undefined {
  if (from !== undefined && to !== undefined) return between(from, to);
  return from !== undefined ? gte(from) : to !== undefined ? lt(to) : undefined;
}
/** Holds for an absent value as well, unless it is asked for one that is not null. */
export const not = <V>(value: V): Test<V> => new Test('ne', value);
export const oneOf = <V>(values: readonly V[]): Test<V> => new Test('in', values);
export const orNull = <V>({ operator, operand }: Test<V>): Test<V> => new Test<V>(operator, operand, true);
/** The text in a field of a JSON column. */
export const jsonText = (field: string, text: string): Test<never> => {
  if (!/^[a-z_]+$/.test(field)) throw new Error(`"${field}" is no name of a field.`);
  return new Test<never>('json', text, false, field);
};

/** All of these conditions. null finds what is null or absent. */
export type AllOf<Row> = {
  readonly [Column in keyof Row]?: Row[Column] | Test<NonNullable<Row[Column]>> | Test<null> | Test<never>;
};
/** All of them, or all of one of several lists. */
export type Where<Row> = AllOf<Row> | readonly AllOf<Row>[];

/** @throws Error for a condition without a value: a forgotten one would change every row */
export function testsOf<Row>(all: AllOf<Row>): [column: string, test: Test][] {
  return Object.entries(all).map(([column, value]) => {
    if (value === undefined) throw new Error(`The condition on "${column}" has no value.`);
    const test = value instanceof Test ? (value as Test) : new Test('eq', value);
    if (test.operator === 'in' || test.operator === 'between')
      for (const one of test.operand as unknown[]) scalar(column, one);
    else scalar(column, test.operand);
    return [column, test];
  });
}

export function listsOf<Row>(where: Where<Row>): readonly AllOf<Row>[] {
  return Array.isArray(where) ? (where as readonly AllOf<Row>[]) : [where as AllOf<Row>];
}

/** @throws AppError VALIDATION_ERROR for what is no single value, or holds a NUL, which PostgreSQL cannot keep */
export function scalar(column: string, value: unknown): unknown {
  const isFine =
    value === null ||
    typeof value === 'boolean' ||
    (typeof value === 'number' && Number.isFinite(value)) ||
    (value instanceof Date && !Number.isNaN(value.getTime())) ||
    (typeof value === 'string' && !value.includes('\0'));
  if (!isFine) throw new AppError('VALIDATION_ERROR', `"${column}" cannot have this value.`);
  return value;
}
