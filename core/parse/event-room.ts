import { database } from '../database/database';
import { consumers } from '../events/consumers';
import { mover } from '../events/mover';
import { sourceClasses } from '../events/sources';
import { applyTables } from './indexes';

/**
 * What events need in the database: due rows of each consumer, a column in each class that causes some. In every
 * process, because what a host application declares is not part of the schema's version that a worker waits for.
 */
export async function makeRoomForEvents(): Promise<void> {
  const tables = consumers().map(({ due }) => due.table);
  await applyTables(database(), [], tables);
  for (const className of sourceClasses()) await mover().prepare(className);
}
