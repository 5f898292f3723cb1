import { isKnownPattern } from '../../core/events/types';
import { invalidField } from '../../core/operation/issues';

export const MAX_ENDPOINTS = 50;
const MAX_TYPES = 50;
const MAX_TYPE_LENGTH = 200;
const MAX_DESCRIPTION = 200;

/** Bounds and defaults of what a receiver takes. */
export const RATES = {
  max_per_second: { byDefault: 50, most: 1000 },
  max_in_flight: { byDefault: 5, most: 50 },
} as const;

/** @throws AppError VALIDATION_ERROR unless each is a declared type of event, or a pattern that finds one */
export function checkTypes(given: unknown): void {
  if (!Array.isArray(given)) throw invalidField('types', 'wrong_type', 'must be a list');
  if (!given.length) throw invalidField('types', 'too_small', 'must have at least 1 entry');
  if (given.length > MAX_TYPES) throw invalidField('types', 'too_large', `must have at most ${MAX_TYPES} entries`);
  const wrong = (given as unknown[]).findIndex((type) => !isType(type));
  if (wrong >= 0)
    throw invalidField(`types.${wrong}`, 'not_allowed', `must be a type of event, a pattern such as "event.*", or "*"`);
  if (new Set(given).size < given.length) throw invalidField('types', 'invalid', 'must not name a type twice');
}

export function checkDescription(given: unknown): void {
  if (typeof given !== 'string') throw invalidField('description', 'wrong_type', 'must be text');
  if (given.length > MAX_DESCRIPTION)
    throw invalidField('description', 'too_large', `must have at most ${MAX_DESCRIPTION} characters`);
}

export function checkRate(name: keyof typeof RATES, given: unknown): void {
  const { most } = RATES[name];
  if (!Number.isInteger(given) || (given as number) < 1 || (given as number) > most)
    throw invalidField(name, 'invalid', `must be a whole number from 1 to ${most}`);
}

const isType = (given: unknown): boolean =>
  typeof given === 'string' && given.length <= MAX_TYPE_LENGTH && isKnownPattern(given);
