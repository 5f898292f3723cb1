import { AppError } from '../../../core/errors';

/** Unique for every kind, and never the same twice: a duplicate of these is a fault of ours. */
const OWN_UNIQUE = /job_id|_pkey|_id_/;

/** Whether a database's refusal of a duplicate is about a unique column of a kind. @param index its name, or text with it */
export const isTaken = (index: string | undefined): boolean => index !== undefined && !OWN_UNIQUE.test(index);

export function takenError(cause: unknown): AppError {
  return new AppError('CONFLICT', 'Another job has this name now.', { cause });
}
