import { database } from '../database/database';
import { observeRecorded } from './event.metrics';
import { mongoMover } from './mover.mongo';
import { postgresMover } from './mover.postgres';
import type { Mover } from './mover.types';

/** Rows of one step. */
const BATCH = 500;

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
