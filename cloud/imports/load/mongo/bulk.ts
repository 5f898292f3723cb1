import { MongoBulkWriteError, type AnyBulkWriteOperation, type Collection, type Document } from 'mongodb';

const DUPLICATE_KEY = 11000;

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
    if (!(error instanceof MongoBulkWriteError)) throw error;
    const errors = [error.writeErrors].flat() as { code: number; index: number }[];
    if (!errors.length || errors.some((one) => one.code !== DUPLICATE_KEY)) throw error;
    return errors.map((one) => one.index);
  }
}
