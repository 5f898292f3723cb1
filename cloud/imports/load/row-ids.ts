import { AppError } from '../../../core/errors';
import { newObjectId } from '../../../core/ids';

/** In ASCII order, so that ids of later rows sort behind those of earlier ones. */
const ID_DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
export const MAX_ROW_NUMBER = 62 ** 4 - 1;

/** Six random characters: the ids of one import share them, which also keeps index writes local. */
export function newIdPrefix(): string {
  return newObjectId().slice(0, 6);
}

/**
 * The objectId of the n-th row of an import: the same again when a run is repeated.
 * @throws AppError INVALID_FILE beyond 14,776,335 rows
 */
export function rowId(prefix: string, rowNumber: number): string {
  if (rowNumber > MAX_ROW_NUMBER) throw tooManyRows();
  let rest = rowNumber;
  let digits = '';
  for (let place = 0; place < 4; place++) {
    digits = ID_DIGITS.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return prefix + digits;
}

export function tooManyRows(): AppError {
  return new AppError('INVALID_FILE', `The file has more than ${MAX_ROW_NUMBER} rows.`);
}

/** The same in SQL. `number` is a trusted SQL expression of a bigint, `prefix` a parameter. */
export function rowIdSql(prefix: string, number: string): string {
  const digit = (divisor: number): string => `substr('${ID_DIGITS}', ((${number}) / ${divisor} % 62)::int + 1, 1)`;
  return `${prefix} || ${[238_328, 3_844, 62, 1].map(digit).join(' || ')}`;
}
