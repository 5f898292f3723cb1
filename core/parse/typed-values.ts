import Parse from 'parse/node';
import { AppError } from '../errors';
import { isInCalendar, parseInstant } from '../../values/instant';

type Fields = Record<string, unknown>;

const CLASS_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const MAX_ID_LENGTH = 256;

/** What each of Parse's typed values must hold to be decoded and encoded again. */
const TYPES: Readonly<Record<string, (value: Fields) => boolean>> = {
  Date: ({ iso }) => isDate(iso),
  Pointer: ({ className, objectId }) => isClassName(className) && isId(objectId),
  Object: ({ className, objectId }) => isClassName(className) && (objectId === undefined || isId(objectId)),
  Relation: ({ className }) => className === undefined || isClassName(className),
  File: ({ name, url }) => isText(name) && (url === undefined || isText(url)),
  Bytes: ({ base64 }) => typeof base64 === 'string',
  GeoPoint: ({ latitude, longitude }) => isWithin(latitude, 90) && isWithin(longitude, 180),
  Polygon: ({ coordinates }) => Array.isArray(coordinates) && coordinates.length >= 3 && coordinates.every(isPair),
};

/** The same for the operations on a field. */
const OPERATIONS: Readonly<Record<string, (value: Fields) => boolean>> = {
  Delete: () => true,
  Increment: ({ amount }) => Number.isFinite(amount),
  SetOnInsert: ({ amount }) => amount !== undefined,
  Add: ({ objects }) => Array.isArray(objects),
  AddUnique: ({ objects }) => Array.isArray(objects),
  Remove: ({ objects }) => Array.isArray(objects),
  AddRelation: ({ objects }) => Array.isArray(objects) && objects.every(isPointer),
  RemoveRelation: ({ objects }) => Array.isArray(objects) && objects.every(isPointer),
  Batch: ({ ops }) => Array.isArray(ops) && ops.every(isRelationChange),
};

/**
 * Refuses typed dates that name no point in time, below the doors: cloud code and GraphQL write as well. Dates are
 * written in one form, to the millisecond, for both databases.
 * @throws AppError VALIDATION_ERROR
 */
export function normaliseDates(value: unknown): void {
  const stack: unknown[] = [value];
  while (stack.length) {
    const item = stack.pop();
    if (typeof item !== 'object' || item === null || item instanceof Date) continue;
    const fields = item as Fields;
    if (fields.__type === 'Date') {
      check('__type', TYPES, fields);
      fields.iso = new Date(fields.iso instanceof Date ? fields.iso : parseInstant(fields.iso)!).toISOString();
    } else for (const inner of Object.values(fields)) stack.push(inner);
  }
}

/**
 * Refuses typed values that Parse Server would decode and then fail on: with an answer of 500, or,
 * where a trigger refuses the row, with the end of the process.
 * @throws AppError VALIDATION_ERROR
 */
export function guardTypedValues(value: unknown): void {
  const stack: unknown[] = [value];
  while (stack.length) {
    const item = stack.pop();
    if (typeof item !== 'object' || item === null) continue;
    const fields = item as Fields;
    if (fields.__type !== undefined) check('__type', TYPES, fields);
    if (fields.__op !== undefined) check('__op', OPERATIONS, fields);
    for (const inner of Object.values(fields)) stack.push(inner);
  }
}

/**
 * The ACL of a row, as the REST door takes it.
 * @throws AppError VALIDATION_ERROR
 */
export function guardAcl(acl: unknown): void {
  if (acl === undefined || acl === null || (acl as Fields).__op === 'Delete') return;
  const isAcl = typeof acl === 'object' && !Array.isArray(acl) && Object.values(acl).every(isAccess);
  if (!isAcl) throw new AppError('VALIDATION_ERROR', 'ACL: must be an object of {read, write}.');
}

function isAccess(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).every(([name, inner]) => /^(read|write)$/.test(name) && typeof inner === 'boolean');
}

function check(key: string, known: Readonly<Record<string, (value: Fields) => boolean>>, fields: Fields): void {
  const name = fields[key];
  if (typeof name === 'string' && Object.hasOwn(known, name) && known[name]!(fields)) return;
  const isOfJson = name === 'Polygon' || (key === '__op' && !/Relation/.test(String(name)));
  const parseCode = isOfJson ? Parse.Error.INVALID_JSON : Parse.Error.INCORRECT_TYPE;
  if (name === 'Date') {
    const message = 'A date must be a day of the calendar with time and offset, such as 2025-01-20T10:00:00.000Z.';
    throw new AppError('VALIDATION_ERROR', message, { parseCode: Parse.Error.INCORRECT_TYPE });
  }
  const shown = JSON.stringify(name)?.slice(0, 40);
  throw new AppError('VALIDATION_ERROR', `A value with ${key} ${shown} is not complete.`, { parseCode });
}

/** In cloud code and from GraphQL a typed date may hold a Date. */
const isDate = (iso: unknown): boolean => (iso instanceof Date ? isInCalendar(iso) : parseInstant(iso) !== undefined);
const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const isClassName = (value: unknown): boolean => typeof value === 'string' && CLASS_NAME.test(value);
const isId = (value: unknown): boolean => isText(value) && (value as string).length <= MAX_ID_LENGTH;
const isWithin = (value: unknown, limit: number): boolean =>
  Number.isFinite(value) && Math.abs(value as number) <= limit;

function isPair(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && value.every((part) => Number.isFinite(part));
}

function isPointer(value: unknown): boolean {
  return (value as Fields | null)?.__type === 'Pointer';
}

function isRelationChange(value: unknown): boolean {
  const name = (value as Fields | null)?.__op;
  return name === 'AddRelation' || name === 'RemoveRelation';
}
