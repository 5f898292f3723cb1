import type { PoolClient } from 'pg';
import { database } from '../database';
import type { Dialect, ListOptions } from './dialect';
import { mongoDialect } from './mongo';
import { postgresDialect } from './postgres';
import { checkShape, type Shape } from './shape';
import type { Where } from './where';

export interface PageOptions<Row> {
  /** A column that is never null, before the key. Dates must have been written by us: to the millisecond. */
  by?: keyof Row & string;
  isDescending?: boolean;
  limit: number;
  /** Rows to pass over. */
  offset?: number;
  /** The last row of the page before. */
  after?: Partial<Row> | undefined;
}

/**
 * Single rows of one table, the same on both databases: values are bound, null and absent are one. Sets, joins and
 * sums are not its job: a store writes those by hand, in both dialects.
 */
export class Table<Row> {
  constructor(
    private readonly shape: Shape<Row>,
    private readonly client?: PoolClient,
  ) {
    checkShape(shape);
  }

  /** The same within a transaction of PostgreSQL. */
  on(client: PoolClient): Table<Row> {
    return new Table(this.shape, client);
  }

  /** False when another row has its key, or a value that must be unique; that row stays. */
  async insert(row: Partial<Row>): Promise<boolean> {
    return (await this.dialect().insertMany([row])) === 1;
  }

  /** Adds those that are not there; how many. A crash may leave some of them. */
  insertMany(rows: readonly Partial<Row>[]): Promise<number> {
    return this.dialect().insertMany(rows);
  }

  /** Adds the row, or changes the one with its key to these values. */
  async upsert(row: Partial<Row>): Promise<void> {
    await this.dialect().put(row);
  }

  /** Adds the row, or changes the one with its key where `when` holds: of many callers one gets true. */
  takeOver(row: Partial<Row>, when: Where<Row>): Promise<boolean> {
    return this.dialect().put(row, when);
  }

  async find(where: Where<Row>): Promise<Row | undefined> {
    return (await this.dialect().list(where, { limit: 1 }))[0];
  }

  list(where: Where<Row>, options: Omit<ListOptions<Row>, 'after'> = {}): Promise<Row[]> {
    return this.dialect().list(where, options);
  }

  /** Rows in the order of `by` and the key; a row that stays is met once, whatever is added or removed meanwhile. */
  page(where: Where<Row>, { by, isDescending = false, limit, offset = 0, after }: PageOptions<Row>): Promise<Row[]> {
    const columns = [...new Set([...(by ? [by] : []), ...this.shape.key])];
    const order = columns.map((column) => [column, isDescending ? 'desc' : 'asc'] as const);
    return this.dialect().list(where, { order, limit, offset, ...(after ? { after } : {}) });
  }

  count(where: Where<Row>): Promise<number> {
    return this.dialect().count(where);
  }

  /** How many rows were meant. null takes a value away. */
  update(where: Where<Row>, change: Partial<Row>): Promise<number> {
    return this.dialect().update(where, change);
  }

  /** Changes one row for which `where` holds and returns it; of many callers each gets another, or none. */
  claim(where: Where<Row>, change: Partial<Row>): Promise<Row | undefined> {
    return this.dialect().claim(where, change);
  }

  /** How many rows went. */
  remove(where: Where<Row>): Promise<number> {
    return this.dialect().remove(where);
  }

  private dialect(): Dialect<Row> {
    if (this.client) return postgresDialect(this.shape, this.client);
    const db = database();
    return db.kind === 'postgres' ? postgresDialect(this.shape, db.pool) : mongoDialect(this.shape, db.db);
  }
}
