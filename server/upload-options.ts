import { AppError } from '../core/errors';
import { guardJson } from '../core/operation/input';

export const MAX_OPTIONS_BYTES = 64 * 1024;

/** @throws AppError VALIDATION_ERROR */
export function parseOptions(text: string): unknown {
  if (text.length > MAX_OPTIONS_BYTES) {
    throw new AppError('VALIDATION_ERROR', `options: longer than ${MAX_OPTIONS_BYTES} characters.`);
  }
  let options: unknown;
  try {
    options = JSON.parse(text);
  } catch (error) {
    throw new AppError('VALIDATION_ERROR', 'options: not JSON.', { cause: error });
  }
  guardJson(options);
  return options;
}
