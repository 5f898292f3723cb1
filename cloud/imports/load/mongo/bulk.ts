import type { AnyBulkWriteOperation, Collection, Document } from 'mongodb';
import { duplicatesOf } from '../../../../core/database/kit/duplicate';

/** Runs unordered writes; @returns the positions of those that met a taken key. Other errors are thrown. */
export async function writeIgnoringDuplicates<T extends Document>(
  collection: Collection<T>,
  operations: readonly AnyBulkWriteOperation<T>[],
): Promise<number[]> {
  if (!operations.length) return [];
  try {
    await collection.bulkWrite(operations, { ordered: false });
    return [];
  } catch (error) {
    return duplicatesOf(error);
  }
}
