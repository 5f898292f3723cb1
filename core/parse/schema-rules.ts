import Parse from 'parse/node';
import {
  defaultColumns,
  systemClasses,
  type FieldChanges,
  type Indexes,
  type Permissions,
} from 'parse-server/lib/Controllers/SchemaController';
import { isPrototypeName } from '../schema/prototype-name';
import { isOwnClass, productClass, productClassNames } from './product-classes';

/** What may be done with a schema, by its names alone; schema-guard.ts holds it at every door. */

/** Parse's classes to which an administrator may add columns. The others live in memory or are Parse's alone. */
const TAKES_COLUMNS = new Set(['_User', '_Role', '_Installation', '_Session', '_Product']);
/** To these also by saving: Parse writes rows of the others with the master key on behalf of clients. */
const TAKES_COLUMNS_BY_SAVE = new Set(['_User', '_Role', '_Installation']);

/** PostgreSQL cuts longer names off: two classes could share a table. */
const MAX_NAME_LENGTH = 63;
/** `pg_`: read as tables of PostgreSQL itself. `app_`: our collections on MongoDB. */
const TAKEN_PREFIX = /^(pg_|app_)/i;
/** Every table of PostgreSQL has columns with these names. */
const TAKEN_COLUMNS = new Set(['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid']);

const CLOSED: Permissions = {
  find: {},
  get: {},
  count: {},
  create: {},
  update: {},
  delete: {},
  addField: {},
  protectedFields: { '*': [] },
};

export function forbidden(message: string): Parse.Error {
  return new Parse.Error(Parse.Error.OPERATION_FORBIDDEN, message);
}

/** @throws Parse.Error 119 for a class of ours or of Parse itself */
export function assertOwnClass(className: string, change: string): void {
  if (isOwnClass(className)) return;
  throw forbidden(`${className} belongs to ${ownerOf(className)}: it cannot be ${change}.`);
}

export function ownerOf(className: string): string {
  return productClass(className) ? 'AppBackend' : 'Parse Server';
}

/** @throws Parse.Error 103 with the reason; what Parse refuses of a name it tells itself */
export function assertNewClassName(className: string): void {
  const refuse = (why: string): never => {
    throw new Parse.Error(Parse.Error.INVALID_CLASS_NAME, `A class cannot be called ${className.slice(0, 80)}: ${why}`);
  };
  const lower = className.toLowerCase();
  const twin = [...productClassNames(), ...systemClasses].find((name) => name.toLowerCase() === lower);
  if (twin) refuse(`${twin} belongs to ${ownerOf(twin)}.`);
  if (isPrototypeName(className)) refuse('the name is one that every object has.');
  if (TAKEN_PREFIX.test(className)) refuse('names that begin with pg_ or app_ are the database’s.');
  if (className.length > MAX_NAME_LENGTH) refuse(`a name has ${MAX_NAME_LENGTH} characters at most.`);
}

/** @throws Parse.Error 105, 107 */
export function assertNewFields(className: string, fields: FieldChanges): void {
  assertDefinitions(fields, 'fields');
  for (const [name, { type, __op }] of Object.entries(fields)) {
    if (__op !== 'Delete') assertNewFieldName(className, name, type === 'Relation');
  }
}

/** @throws Parse.Error 105 */
export function assertNewFieldName(className: string, name: string, isRelation: boolean): void {
  const refuse = (why: string): never => {
    throw new Parse.Error(Parse.Error.INVALID_KEY_NAME, `A field cannot be called ${name.slice(0, 80)}: ${why}`);
  };
  if (isPrototypeName(name)) refuse('the name is one that every object has.');
  if (TAKEN_COLUMNS.has(name)) refuse('the name is one of the database’s own.');
  // A relation is a table of its own.
  const length = isRelation ? `_Join:${name}:${className}`.length : name.length;
  if (length > MAX_NAME_LENGTH) {
    refuse(`its name${isRelation ? ' and that of its class are' : ' is'} longer than the database can tell apart.`);
  }
}

/** @throws Parse.Error 107 */
function assertDefinitions(value: unknown, what: string): void {
  const isMap = (candidate: unknown): boolean =>
    typeof candidate === 'object' && candidate !== null && !Array.isArray(candidate);
  if (!isMap(value) || !Object.values(value as object).every(isMap)) {
    throw new Parse.Error(Parse.Error.INVALID_JSON, `${what}: an object of objects is needed.`);
  }
}

/** Whether an administrator may add columns to the class. */
export function takesColumns(className: string): boolean {
  return isOwnClass(className) || TAKES_COLUMNS.has(className);
}

/** A column that the app has made and may lose again, of a class of its own or of one of Parse's. */
export function isOwnColumn(className: string, field: string): boolean {
  if (isOwnClass(className)) return true;
  if (!takesColumns(className)) return false;
  const known = [defaultColumns['_Default'], defaultColumns[className], productClass(className)?.fields];
  return !known.some((fields) => fields && Object.hasOwn(fields, field));
}

/** Whether saving a row with a field that its class lacks adds the column, for the master key. */
export function takesColumnsBySave(className: string): boolean {
  return isOwnClass(className) || TAKES_COLUMNS_BY_SAVE.has(className);
}

/** An index that has no part of ours in it. */
export function isOwnIndex(className: string, keys: Record<string, unknown> | undefined): boolean {
  const fields = Object.keys(keys ?? {}).map((key) => key.replace(/^_p_/, ''));
  return fields.length > 0 && fields.every((field) => isOwnColumn(className, field));
}

/**
 * The permissions of a class of the app: what is not given is closed, where Parse would leave it open to everybody.
 * `addField` stays closed, because clients add no columns.
 * @throws Parse.Error 107
 */
export function ownPermissions(given: Permissions | null | undefined): Permissions {
  if (typeof (given ?? {}) !== 'object' || Array.isArray(given)) {
    throw new Parse.Error(Parse.Error.INVALID_JSON, 'classLevelPermissions: an object is needed.');
  }
  const stated = Object.entries(given ?? {}).filter(([, value]) => value !== undefined);
  return { ...CLOSED, ...Object.fromEntries(stated), addField: {} };
}

/** A class of Parse's own, made by its first row, as Parse leaves it, but for columns: those clients do not add. */
export function parseClassPermissions(className: string): Permissions {
  // Of the purchases of old App Store apps: nothing of ours uses it.
  if (className === '_Product') return CLOSED;
  const everybody = { '*': true };
  const open = Object.fromEntries(
    ['find', 'get', 'count', 'create', 'update', 'delete'].map((name) => [name, everybody]),
  );
  return { ...CLOSED, ...open };
}

/** Nobody but the master key reaches the rows. */
export function isClosed(permissions: Permissions): boolean {
  return Object.entries(permissions).every(
    ([name, value]) => name === 'protectedFields' || name === 'ACL' || Object.keys(value as object).length === 0,
  );
}

/** @throws Parse.Error 107, 102 */
export function assertIndexDefinitions(indexes: Indexes): void {
  assertDefinitions(indexes, 'indexes');
  const long = Object.keys(indexes).find((name) => name.length > MAX_NAME_LENGTH);
  if (long)
    throw new Parse.Error(Parse.Error.INVALID_QUERY, `An index name has ${MAX_NAME_LENGTH} characters at most.`);
}
