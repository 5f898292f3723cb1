import type { Where } from './where';

export interface ListOptions<Row> {
  order?: readonly (readonly [keyof Row & string, 'asc' | 'desc'])[];
  limit?: number;
  /** Rows to pass over; for pages that people turn. */
  offset?: number;
  /** The values of `order` of the last row before these. */
  after?: Partial<Row>;
}

/** What each database does its own way; {@link Table} says what it means. */
export interface Dialect<Row> {
  insertMany(rows: readonly Partial<Row>[]): Promise<number>;
  put(row: Partial<Row>, when?: Where<Row>): Promise<boolean>;
  list(where: Where<Row>, options: ListOptions<Row>): Promise<Row[]>;
  count(where: Where<Row>): Promise<number>;
  update(where: Where<Row>, change: Partial<Row>): Promise<number>;
  claim(where: Where<Row>, change: Partial<Row>): Promise<Row | undefined>;
  remove(where: Where<Row>): Promise<number>;
}
