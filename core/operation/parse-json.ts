import { AppError } from '../errors';
import { parseExactJson } from '../exact-json';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * @param exactAt as `Contract.exactNumbersAt`
 * @throws AppError VALIDATION_ERROR
 */
export function parseJson(bytes: Uint8Array, exactAt?: number): unknown {
  try {
    const text = utf8.decode(bytes);
    return exactAt === undefined ? (JSON.parse(text) as unknown) : parseExactJson(text, exactAt);
  } catch (error) {
    throw new AppError('VALIDATION_ERROR', 'The body is not JSON in UTF-8.', { cause: error, parseCode: 107 });
  }
}
