/** Asks PostgreSQL. */
export type Ask = (text: string, values?: readonly unknown[]) => Promise<object[]>;

/** Where rows carry events until they are recorded. */
export interface Mover {
  /** Makes place for them in the rows of a class; nothing where there is no such class yet. */
  prepare(className: string): Promise<void>;
  /**
   * Records the events of up to `limit` rows, or of the one, and takes them out of the rows; how many rows. A crash
   * on the way leaves them in the row, or in both, and then the next step takes them out.
   */
  move(className: string, limit: number, objectId?: string): Promise<number>;
  hasPending(className: string, objectId?: string): Promise<boolean>;
  isThere(className: string, objectId: string): Promise<boolean>;
}
