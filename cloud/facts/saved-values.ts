import type Parse from 'parse/node';
import { invalidField } from '../../core/operation/issues';
import { currencyCode, minorExponent, minorToMajor } from '../../values/money';
import { FACT_YEARS, isFactYear } from '../../values/instant';
import { minorOrFault, unknownCurrency } from './amounts';
import { FactFault, maximumOf, valuesOf, type Fact, type FactField } from './define';
import { isStorableJson } from './json-value';
import { minorOf } from './names';
import { hasUnstorable } from './texts';

/**
 * The rules of a fact, on a row that is about to be saved: each changed field by its kind, then those together. What is
 * stored already stays changeable in its other fields.
 * @throws AppError VALIDATION_ERROR
 */
export function applyFact(fact: Fact, object: Parse.Object, original: Parse.Object | undefined, now: Date): void {
  for (const [name, field] of Object.entries(fact.fields)) settleField(object, name, field, now);
  for (const [name, { kind }] of Object.entries(fact.fields)) if (kind === 'money') setMoney(object, name);
  if (!fact.check) return;
  const values = valuesOf(fact, (name) => object.get(name) as unknown);
  const before = original && valuesOf(fact, (name) => original.get(name) as unknown);
  const checked = fact.check(values, {
    now: now.getTime(),
    original: before,
    // What a client sends as it is stored is no change, as in an import.
    isChanged: (name) => object.dirty(name) && values[name] !== before?.[name],
  });
  if (checked instanceof FactFault) throw refusal(checked);
  for (const name of fact.settles) setValue(object, name, { before: values[name], after: checked[name] }, fact);
}

function refusal({ field, code, phrase }: FactFault): Error {
  return invalidField(field, code, phrase);
}

function settleField(object: Parse.Object, name: string, field: FactField, now: Date): void {
  let value: unknown = object.get(name) ?? undefined;
  if (value === undefined && field.byDefault !== undefined) {
    value = field.byDefault === 'now' ? now : field.byDefault;
    object.set(name, value);
  }
  const isMissing = value === undefined || (typeof value === 'string' && field.kind !== 'choice' && !value.trim());
  // An amount is missed with its currency, which tells its decimals.
  if (isMissing && field.required === true && field.kind !== 'money') {
    throw invalidField(name, 'missing', 'is missing');
  }
  if (value === undefined || !object.dirty(name)) return;
  const fault = changedFault(object, name, { field, value });
  if (fault) throw refusal(fault);
}

function changedFault(
  object: Parse.Object,
  name: string,
  { field, value }: { field: FactField; value: unknown },
): FactFault | undefined {
  switch (field.kind) {
    case 'id':
    case 'text':
      return setText(object, name, { value, maximum: maximumOf(field) });
    case 'list':
      return listFault(name, value, maximumOf(field));
    case 'date':
      return dateFault(name, value);
    case 'currency':
      return setCurrency(object, name, value);
    case 'number':
      return Number.isFinite(value) ? undefined : new FactFault(name, 'wrong_type', 'must be a finite number');
    case 'json':
      return jsonFault(name, value, maximumOf(field));
    default:
      return undefined;
  }
}

/** Texts are kept without the space around them, as those of files are. */
function setText(
  object: Parse.Object,
  name: string,
  { value, maximum }: { value: unknown; maximum: number },
): FactFault | undefined {
  if (typeof value !== 'string') return new FactFault(name, 'wrong_type', 'must be text');
  const text = value.trim();
  if (text !== value) object.set(name, text);
  return textFault(name, text, maximum);
}

function textFault(name: string, text: string, maximum: number): FactFault | undefined {
  if (text.length > maximum) return new FactFault(name, 'too_large', `must have at most ${maximum} characters`);
  return hasUnstorable(text)
    ? new FactFault(name, 'wrong_format', 'must have no NUL and no half surrogate pair')
    : undefined;
}

function listFault(name: string, value: unknown, maximum: number): FactFault | undefined {
  for (const text of Array.isArray(value) ? (value as unknown[]) : []) {
    const fault = typeof text === 'string' ? textFault(name, text, maximum) : undefined;
    if (fault) return fault;
  }
  return undefined;
}

function dateFault(name: string, value: unknown): FactFault | undefined {
  if (!(value instanceof Date) || Number.isNaN(value.getTime()))
    return new FactFault(name, 'wrong_type', 'must be a date');
  return isFactYear(value.getUTCFullYear())
    ? undefined
    : new FactFault(name, 'not_allowed', `must be from ${FACT_YEARS.first} to ${FACT_YEARS.last}`);
}

/** Writes the code in capitals. */
function setCurrency(object: Parse.Object, name: string, value: unknown): FactFault | undefined {
  const code = currencyCode(value);
  if (code === undefined) return unknownCurrency();
  if (code !== value) object.set(name, code);
  return undefined;
}

function jsonFault(name: string, value: unknown, maximum: number): FactFault | undefined {
  if (Buffer.byteLength(JSON.stringify(value)) > maximum)
    return new FactFault(name, 'too_large', `must have at most ${maximum} bytes`);
  return typeof value === 'object' && value !== null && !isStorableJson(value)
    ? new FactFault(name, 'wrong_format', 'must not be nested deeper than 32, and have no keys with `$` or `.`')
    : undefined;
}

/** Digits that a double surely holds: what differs beyond them is no decimal that anybody wrote. */
const SURE_DIGITS = 15;

/**
 * Keeps an amount's minor units. An amount with more decimals than its currency is rounded, halves away from zero, as
 * imports do; the answer to the save tells what was stored. An increment cannot be rounded, and is refused.
 */
function setMoney(object: Parse.Object, name: string): void {
  const currency = object.get('currency') as string;
  const major: unknown = object.get(name);
  const isChanged = object.dirty(name) || object.dirty('currency');
  const minor = minorOrFault(name, major, currency);
  if (minor instanceof FactFault) {
    if (isChanged || !object.has(minorOf(name))) throw refusal(minor);
    return;
  }
  if (object.get(minorOf(name)) !== minor) object.set(minorOf(name), minor);
  const decimals = minorExponent(currency) ?? 0;
  const rounded = minorToMajor(minor, decimals);
  if (!isChanged || major === rounded) return;
  if (!isIncremented(object, name)) object.set(name, rounded);
  else if (Number((major as number).toPrecision(SURE_DIGITS)) !== rounded) {
    throw invalidField(name, 'invalid', `must be incremented by at most ${decimals} decimals in ${currency}`);
  }
}

function isIncremented(object: Parse.Object, name: string): boolean {
  const op = object.op(name)?.toJSON() as { __op?: unknown } | undefined;
  return op?.__op === 'Increment';
}

function setValue(
  object: Parse.Object,
  name: string,
  { before, after }: { before: unknown; after: unknown },
  { fields }: Fact,
): void {
  if (JSON.stringify(before) === JSON.stringify(after)) return;
  if (after === null || after === undefined) object.unset(name);
  else object.set(name, fields[name]!.kind === 'date' ? new Date(after as number) : after);
}
