import type Parse from 'parse/node';
import { AppError } from '../../core/errors';
import { majorToMinor, minorExponent } from '../../core/money';

export const MAX_TEXT_LENGTH = 1_000;
export const MAX_PROPERTIES_BYTES = 100_000;
const MAX_ITEMS = 10_000;

export function invalid(message: string): AppError {
  return new AppError('VALIDATION_ERROR', message);
}

/** Texts must be texts (Parse checks the type) of at most 1,000 characters, lists' texts too. */
export function checkTexts(object: Parse.Object): void {
  for (const [name, value] of Object.entries(object.attributes)) {
    const texts = Array.isArray(value) ? value : [value];
    if (texts.some((text) => typeof text === 'string' && text.length > MAX_TEXT_LENGTH)) {
      throw invalid(`${name}: at most ${MAX_TEXT_LENGTH} characters.`);
    }
  }
}

/** @throws AppError VALIDATION_ERROR */
export function requireDate(object: Parse.Object, name: string): Date {
  const value = optionalDate(object, name);
  if (!value) throw invalid(`${name}: required.`);
  return value;
}

/** @throws AppError VALIDATION_ERROR for a value that is no date */
export function optionalDate(object: Parse.Object, name: string): Date | undefined {
  const value: unknown = object.get(name) ?? undefined;
  if (value === undefined) return undefined;
  if (!(value instanceof Date) || Number.isNaN(value.getTime())) throw invalid(`${name}: must be a date.`);
  return value;
}

export function requireText(object: Parse.Object, name: string): string {
  const value: unknown = object.get(name);
  if (typeof value !== 'string' || !value.trim()) throw invalid(`${name}: required.`);
  return value;
}

/** Writes the code in capitals. @throws AppError VALIDATION_ERROR for what ISO 4217 does not know */
export function requireCurrency(object: Parse.Object): string {
  const given = requireText(object, 'currency').trim().toUpperCase();
  if (minorExponent(given) === undefined) throw invalid('currency: not an ISO 4217 code.');
  if (object.get('currency') !== given) object.set('currency', given);
  return given;
}

/** Sets a missing value to the default. @throws AppError VALIDATION_ERROR */
export function requireOneOf<T extends string>(
  object: Parse.Object,
  name: string,
  allowed: readonly T[],
  fallback: T,
): T {
  const value: unknown = object.get(name) ?? undefined;
  if (value === undefined) {
    object.set(name, fallback);
    return fallback;
  }
  if (!allowed.includes(value as T)) throw invalid(`${name}: must be one of ${allowed.join(', ')}.`);
  return value as T;
}

/** @param major the number in major units @throws AppError VALIDATION_ERROR for what is no exact amount */
export function toMinor(name: string, major: unknown, currency: string): number {
  if (typeof major !== 'number' || !Number.isFinite(major)) throw invalid(`${name}: must be a finite number.`);
  try {
    return majorToMinor(major, minorExponent(currency) ?? 2);
  } catch (error) {
    throw new AppError('VALIDATION_ERROR', `${name}: too large.`, { cause: error });
  }
}

/** Items of a purchase: [{product_id, quantity, unit_price, amount}], each optional, money in major units. */
export function checkItems(items: unknown, currency: string): void {
  if (items === undefined || items === null) return;
  if (!Array.isArray(items) || items.length > MAX_ITEMS) throw invalid(`items: a list of at most ${MAX_ITEMS}.`);
  for (const item of items as unknown[]) {
    if (typeof item !== 'object' || item === null) throw invalid('items: must be objects.');
    const { product_id: productId, quantity, unit_price: unitPrice, amount } = item as Record<string, unknown>;
    if (productId !== undefined && productId !== null && !isShortText(productId)) {
      throw invalid(`items.product_id: a text of at most ${MAX_TEXT_LENGTH} characters.`);
    }
    if (quantity !== undefined && quantity !== null && !Number.isFinite(quantity)) {
      throw invalid('items.quantity: must be a finite number.');
    }
    if (unitPrice !== undefined && unitPrice !== null) toMinor('items.unit_price', unitPrice, currency);
    if (amount !== undefined && amount !== null) toMinor('items.amount', amount, currency);
  }
}

/** `<tenant>:<business id>`, absent where the row has none: see the schema. */
export function setUniqueKey(object: Parse.Object, idField: string): void {
  const id: unknown = object.get(idField) ?? undefined;
  const key = typeof id === 'string' && id !== '' ? `${tenantIdOf(object)}:${id}` : undefined;
  if (object.get('unique_key') === key) return;
  if (key === undefined) object.unset('unique_key');
  else object.set('unique_key', key);
}

export function tenantIdOf(object: Parse.Object): string {
  const id = (object.get('tenant') as { id?: string } | undefined)?.id;
  if (!id) throw invalid('tenant: required.');
  return id;
}

function isShortText(value: unknown): boolean {
  return typeof value === 'string' && value.length <= MAX_TEXT_LENGTH;
}
