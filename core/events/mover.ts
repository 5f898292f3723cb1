import { database } from '../database/database';
import { observeRecorded } from './event.metrics';
import { mongoMover } from './mover.mongo';
import { postgresMover } from './mover.postgres';

/** Rows of one step. */
const BATCH = 500;

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

export function mover(): Mover {
  const db = database();
  return db.kind === 'postgres' ? postgresMover(db.pool) : mongoMover(db.db);
}

/** Until the class, or the row, carries none that were committed before. */
export async function movePending(className: string, objectId?: string): Promise<number> {
  let total = 0;
  for (;;) {
    const moved = await mover().move(className, BATCH, objectId);
    total += moved;
    observeRecorded(className, moved);
    if (moved < BATCH) return total;
  }
}
