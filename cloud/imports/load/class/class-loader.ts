import type { Ctx } from '../../../../core/context';
import { AppError } from '../../../../core/errors';
import type { Loader } from '../loader';

export function classLoader(_ctx: Ctx): Loader {
  return () => Promise.reject(new AppError('VALIDATION_ERROR', 'Not ready.'));
}
