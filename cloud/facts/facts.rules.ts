import type Parse from 'parse/node';
import { FACT_YEARS, isFactYear } from '../../values/instant';
import { currencyCode, majorToMinor, minorExponent, minorToMajor } from '../../values/money';
import { invalidField } from '../../core/operation/issues';
import { selfWriterOf } from '../../core/schema/acl';

export const MAX_TEXT_LENGTH = 1_000;
export const MAX_PROPERTIES_BYTES = 100_000;
const MAX_ITEMS = 10_000;

/** Texts must be texts (Parse checks the type) of at most 1,000 characters, lists' texts too. */
export function checkTexts(object: Parse.Object): void {
  for (const [name, value] of Object.entries(object.attributes)) {
    const texts = Array.isArray(value) ? value : [value];
    if (texts.some((text) => typeof text === 'string' && text.length > MAX_TEXT_LENGTH)) {
      throw invalidField(name, 'too_large', `must have at most ${MAX_TEXT_LENGTH} characters`);
    }
  }
}

/** @throws AppError VALIDATION_ERROR */
export function requireDate(object: Parse.Object, name: string): Date {
  const value = optionalDate(object, name);
  if (!value) throw invalidField(name, 'missing', 'is missing');
  return value;
}

/** @throws AppError VALIDATION_ERROR for a value that is no date */
export function optionalDate(object: Parse.Object, name: string): Date | undefined {
  const value: unknown = object.get(name) ?? undefined;
  if (value === undefined) return undefined;
  if (!(value instanceof Date) || Number.isNaN(value.getTime()))
    throw invalidField(name, 'wrong_type', 'must be a date');
  // What is stored already stays changeable in its other fields.
  if (object.dirty(name) && !isFactYear(value.getUTCFullYear()))
    throw invalidField(name, 'not_allowed', `must be from ${FACT_YEARS.first} to ${FACT_YEARS.last}`);
  return value;
}

export function requireText(object: Parse.Object, name: string): string {
  const value: unknown = object.get(name);
  if (typeof value !== 'string' || !value.trim()) throw invalidField(name, 'missing', 'is missing');
  return value;
}

/** Writes the code in capitals. @throws AppError VALIDATION_ERROR for what ISO 4217 does not know */
export function requireCurrency(object: Parse.Object): string {
  const given = requireText(object, 'currency');
  const code = currencyCode(given);
  if (code === undefined) throw invalidField('currency', 'not_allowed', 'must be an ISO 4217 code such as USD');
  if (given !== code) object.set('currency', code);
  return code;
}

/** A missing value becomes the default; that others are among the class's choices, the guard has seen. */
export function withDefault<T extends string>(object: Parse.Object, name: string, fallback: T): T {
  const value: unknown = object.get(name) ?? undefined;
  if (value === undefined) object.set(name, fallback);
  return (value as T | undefined) ?? fallback;
}

/** @param major the number in major units @throws AppError VALIDATION_ERROR for what is no exact amount */
export function toMinor(name: string, major: unknown, currency: string): number {
  if (typeof major !== 'number' || !Number.isFinite(major))
    throw invalidField(
      name,
      major == null ? 'missing' : 'wrong_type',
      major == null ? 'is missing' : 'must be a finite number',
    );
  try {
    return majorToMinor(major, minorExponent(currency) ?? 2);
  } catch {
    throw invalidField(name, 'too_large', 'is too large');
  }
}

/** Digits that a double surely holds: what differs beyond them is no decimal that anybody wrote. */
const SURE_DIGITS = 15;

/**
 * Keeps an amount's minor units. An amount with more decimals than its currency is rounded, halves away from zero, as
 * imports do; the answer to the save tells what was stored. An increment cannot be rounded, and is refused.
 * @throws AppError VALIDATION_ERROR
 */
export function setMoney(object: Parse.Object, names: { major: string; minor: string }, currency: string): number {
  const major = object.get(names.major) as unknown;
  const minor = toMinor(names.major, major, currency);
  if (object.get(names.minor) !== minor) object.set(names.minor, minor);
  const rounded = minorToMajor(minor, minorExponent(currency) ?? 2);
  const isChanged = object.dirty(names.major) || object.dirty('currency');
  if (!isChanged || major === rounded) return minor;
  if (!isIncremented(object, names.major)) object.set(names.major, rounded);
  else if (Number((major as number).toPrecision(SURE_DIGITS)) !== rounded) {
    const decimals = minorExponent(currency) ?? 2;
    throw invalidField(names.major, 'invalid', `must be incremented by at most ${decimals} decimals in ${currency}`);
  }
  return minor;
}

function isIncremented(object: Parse.Object, name: string): boolean {
  const op = object.op(name)?.toJSON() as { __op?: unknown } | undefined;
  return op?.__op === 'Increment';
}

/** Items of a purchase: [{product_id, quantity, unit_price, amount}], each optional, money in major units. */
export function checkItems(items: unknown, currency: string): void {
  if (items === undefined || items === null) return;
  if (!Array.isArray(items) || items.length > MAX_ITEMS)
    throw invalidField('items', 'invalid', `must be a list of at most ${MAX_ITEMS}`);
  for (const item of items as unknown[]) {
    if (typeof item !== 'object' || item === null)
      throw invalidField('items', 'wrong_type', 'must be a list of objects');
    const { product_id: productId, quantity, unit_price: unitPrice, amount } = item as Record<string, unknown>;
    if (productId !== undefined && productId !== null && !isShortText(productId)) {
      throw invalidField('items.product_id', 'invalid', `must be text of at most ${MAX_TEXT_LENGTH} characters`);
    }
    if (quantity !== undefined && quantity !== null && !Number.isFinite(quantity)) {
      throw invalidField('items.quantity', 'wrong_type', 'must be a finite number');
    }
    if (unitPrice !== undefined && unitPrice !== null) toMinor('items.unit_price', unitPrice, currency);
    if (amount !== undefined && amount !== null) toMinor('items.amount', amount, currency);
  }
}

/**
 * `<tenant>:<business id>`, absent where the row has none: see the schema. Ids of what a person
 * writes about himself are his own: he neither takes those of the tenant's files nor learns of them.
 */
export function setUniqueKey(object: Parse.Object, idField: string): void {
  const id: unknown = object.get(idField) ?? undefined;
  const writer = selfWriterOf(object.getACL());
  const space = writer ? `${tenantIdOf(object)}@${writer}` : tenantIdOf(object);
  const key = typeof id === 'string' && id !== '' ? `${space}:${id}` : undefined;
  if (object.get('unique_key') === key) return;
  if (key === undefined) object.unset('unique_key');
  else object.set('unique_key', key);
}

export function tenantIdOf(object: Parse.Object): string {
  const id = (object.get('tenant') as { id?: string } | undefined)?.id;
  if (!id) throw invalidField('tenant', 'missing', 'is missing');
  return id;
}

function isShortText(value: unknown): boolean {
  return typeof value === 'string' && value.length <= MAX_TEXT_LENGTH;
}
