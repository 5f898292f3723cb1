import type { Readable } from 'node:stream';
import { AppError } from '../errors';

/** Bytes from `start` to `end`, both within. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * Where files lie, by their whole name. Not its job: who may read, what is allowed, how it is served. A name is written
 * once and then read or removed; a file that was not written whole does not exist.
 */
export interface FileStorage {
  /** @throws AppError SERVICE_UNAVAILABLE; nothing stays then */
  put(name: string, bytes: Buffer): Promise<void>;
  /** Undefined where there is no such file. */
  sizeOf(name: string): Promise<number | undefined>;
  read(name: string, range?: ByteRange): Promise<Readable>;
  /** Removing what is not there is no error. */
  remove(name: string): Promise<void>;
}

/** FILE_SAVE_ERROR of Parse. */
const SAVE_ERROR = 130;

export function storageAway(cause: unknown): AppError {
  return new AppError('SERVICE_UNAVAILABLE', 'The file storage does not answer, or takes no more.', {
    cause,
    parseCode: SAVE_ERROR,
    retryAfterSeconds: 5,
  });
}
