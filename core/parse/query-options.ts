import Parse from 'parse/node';
import { AppError } from '../errors';
import { guardJson } from '../operation/input';
import { guardTypedValues } from './typed-values';

const NUMBERS = ['limit', 'skip'] as const;
const TEXTS = ['order', 'keys', 'include', 'includeAll', 'excludeKeys', 'readPreference', 'hint'] as const;

/** Of an aggregation in a query string. */
const STAGES = ['pipeline', '$match', 'match'] as const;

/**
 * The options of a query as Parse's REST door takes them, from a query string (all texts) or from
 * the body of a POST with `_method: GET`. What Parse Server would fail on with 500 is refused.
 * @throws AppError VALIDATION_ERROR
 */
export function guardQueryOptions(options: Readonly<Record<string, unknown>>): void {
  for (const name of NUMBERS) {
    const value = options[name];
    if (value !== undefined && !isCount(value)) throw invalid(`${name}: must be a whole number.`);
  }
  for (const name of TEXTS) {
    const value = options[name];
    if (typeof value === 'string' && value.includes('\0')) throw invalid(`${name}: must not hold NUL.`);
  }
  if (options.where !== undefined) guardWhere(options.where);
  for (const name of STAGES) if (typeof options[name] === 'string') guardTypedValues(jsonOf(options[name]));
}

function guardWhere(given: unknown): void {
  const where = typeof given === 'string' ? parsed(given) : given;
  if (typeof where !== 'object' || where === null || Array.isArray(where)) throw notJson('where: must be an object.');
  guardJson(where);
  guardTypedValues(where);
}

/** Text that is no JSON is left to Parse Server. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw notJson('where: is not JSON.');
  }
}

function isCount(value: unknown): boolean {
  return typeof value === 'string' ? /^\d{1,9}$/.test(value) : Number.isSafeInteger(value) && (value as number) >= 0;
}

function invalid(message: string): AppError {
  return new AppError('VALIDATION_ERROR', message);
}

const notJson = (message: string): AppError =>
  new AppError('VALIDATION_ERROR', message, { parseCode: Parse.Error.INVALID_JSON });
