import { MongoBulkWriteError } from 'mongodb';

const UNIQUE_VIOLATION = '23505';
const DUPLICATE_KEY = 11_000;

/**
 * Whether the database refused a row because another has its key.
 * @param index only for the unique index with this in its name
 */
export function isDuplicate(error: unknown, index?: string): boolean {
  const { code, constraint, message } = (error ?? {}) as { code?: unknown; constraint?: string; message?: string };
  if (code !== UNIQUE_VIOLATION && code !== DUPLICATE_KEY) return false;
  // MongoDB names the index in the text alone, before the values: a value must not be taken for it.
  const named = code === DUPLICATE_KEY ? /\bindex:\s*(\S+)/.exec(message ?? '')?.[1] : constraint;
  return index === undefined || (named ?? '').includes(index);
}

/**
 * The positions of the documents that an unordered bulk write on MongoDB left out because another has their key.
 * @throws the error itself when anything else is the matter
 */
export function duplicatesOf(error: unknown): number[] {
  if (!(error instanceof MongoBulkWriteError)) throw error;
  const refused = [error.writeErrors].flat();
  // The driver wraps a lost connection in the same error, with no refused document: then nothing is known to be stored.
  const isAllTold = refused.length > 0 && !error.result.getWriteConcernError();
  if (!isAllTold || !refused.every((one) => isDuplicate(one))) throw error;
  return refused.map(({ index }) => index);
}
