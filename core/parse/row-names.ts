import Parse from 'parse/node';
import DatabaseController from 'parse-server/lib/Controllers/DatabaseController';
import { SchemaController } from 'parse-server/lib/Controllers/SchemaController';
import { _UnsafeRestQuery as RestQuery } from 'parse-server/lib/RestQuery';
import RestWrite from 'parse-server/lib/RestWrite';
import { isPrototypeName } from '../schema/prototype-name';
import { wrapMethod } from './wrap-method';

/**
 * Parse Server 9.10 looks classes and fields up in plain objects, so that `constructor` is a class to it and fails with
 * 500; and MongoDB's own columns (`_rperm`) are written by whoever names them. Here such names are no class's and no
 * field's, at every door. Called once a process.
 */
export function guardNames(): void {
  withoutPrototype();
  wrapMethod(
    RestQuery.prototype,
    'execute',
    (original) =>
      async function (this: RestQuery, options) {
        assertClassName(this.className);
        return original.call(this, options);
      },
  );
  wrapMethod(
    RestWrite.prototype,
    'execute',
    (original) =>
      async function (this: RestWrite) {
        assertClassName(this.className);
        if (this.auth.isMaintenance !== true) assertFieldNames(this);
        return original.call(this);
      },
  );
  wrapMethod(
    DatabaseController.prototype,
    'destroy',
    (original) =>
      async function (this: DatabaseController, className, ...rest) {
        assertClassName(className);
        return original.call(this, className, ...rest);
      },
  );
}

/**
 * What Parse takes for a class without asking whether it is one: our own collections on MongoDB, in which secrets lie
 * sealed, and the catalogue of PostgreSQL, which its search path reaches. In lower case only, as those are: a class
 * that an app has brought along (`App_Settings`) stays readable, though schema-rules lets nobody make one.
 */
const DATABASE_NAME = /^(app_|pg_)/;

/** @throws Parse.Error 103 */
export function assertClassName(className: string): void {
  if (isPrototypeName(className)) refuse(className, 'the name is one that every object has.');
  if (DATABASE_NAME.test(className)) refuse(className, 'names that begin with pg_ or app_ are the database’s.');
}

function refuse(className: string, reason: string): never {
  throw new Parse.Error(
    Parse.Error.INVALID_CLASS_NAME,
    `A class cannot be called ${className.slice(0, 80)}: ${reason}`,
  );
}

/** Of the collections that an aggregation on MongoDB reads besides its own. @throws Parse.Error 103 */
export function assertPipelineNames(pipeline: unknown): void {
  if (typeof pipeline !== 'object' || pipeline === null) return;
  for (const [key, value] of Object.entries(pipeline)) {
    const { from, coll } = Object(value) as { from?: unknown; coll?: unknown };
    const names = key === '$unionWith' ? [value, coll] : ['$lookup', '$graphLookup'].includes(key) ? [from] : [];
    for (const name of names) if (typeof name === 'string') assertClassName(name);
    assertPipelineNames(value);
  }
}

/** The columns in which Parse keeps what is no field of a row, or another form of one. */
const INTERNAL = new RegExp(
  '^_(id|acl|[rw]perm|p_.+|created_at|updated_at|session_token|hashed_password|password_(history|changed_at)' +
    '|perishable_token.*|email_verify_token.*|failed_login_count|account_lockout_expires_at|tombstone|auth_data_.+)$',
);

/** @throws Parse.Error 105 */
function assertFieldNames({ data, query }: RestWrite): void {
  const names = Object.keys(data);
  const isMoved = query && data.objectId !== undefined && data.objectId !== query.objectId;
  const name = isMoved ? 'objectId' : names.find((key) => INTERNAL.test(key) || isPrototypeName(rootOf(key)));
  if (name === undefined) return;
  throw new Parse.Error(Parse.Error.INVALID_KEY_NAME, `Invalid field name: ${name.slice(0, 80)}.`);
}

/** The column of `properties.level`. */
export const rootOf = (name: string): string => name.split('.', 1)[0]!;

function withoutPrototype(): void {
  type Classes = SchemaController['schemaData'];
  const kept = new WeakMap<SchemaController, Classes>();
  Object.defineProperty(SchemaController.prototype, 'schemaData', {
    get(this: SchemaController): Classes | undefined {
      return kept.get(this);
    },
    set(this: SchemaController, classes: Classes) {
      kept.set(this, Object.setPrototypeOf(classes, null) as Classes);
    },
  });
}
