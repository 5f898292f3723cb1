import type { Db } from 'mongodb';
import { AppError } from '../../../../core/errors';
import type { Loader } from '../loader';

export function mongoLoader(_db: Db): Loader {
  return () => Promise.reject(new AppError('VALIDATION_ERROR', 'Not ready.'));
}
