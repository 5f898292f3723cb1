import { AsyncLocalStorage } from 'node:async_hooks';
import { isDeepStrictEqual } from 'node:util';
import Parse from 'parse/node';
import SchemaCache from 'parse-server/lib/Adapters/Cache/SchemaCache';
import DatabaseController from 'parse-server/lib/Controllers/DatabaseController';
import {
  defaultColumns,
  SchemaController,
  systemClasses,
  type Field,
  type FieldChanges,
  type Indexes,
  type StoredSchema,
} from 'parse-server/lib/Controllers/SchemaController';
import RestWrite from 'parse-server/lib/RestWrite';
import { database } from '../database/database';
import { log } from '../log';
import { isOwnClass, isTenantPointer, noteStoredClasses } from './product-classes';
import { assertClassName, assertPipelineNames } from './row-names';
import * as rules from './schema-rules';
import { wrapMethod } from './wrap-method';

const product = new AsyncLocalStorage<true>();

/** Our own migration: it alone may touch our classes. */
export function asProduct<T>(work: () => Promise<T>): Promise<T> {
  return product.run(true, work);
}

/**
 * Every door that changes a schema (REST, Parse Dashboard, GraphQL, cloud code, the first row of a class) ends in these
 * methods of Parse Server. Called once a process.
 */
export function guardSchemas(): void {
  const schema = SchemaController.prototype;
  wrapMethod(schema, 'addClassIfNotExists', guardNewClass);
  wrapMethod(schema, 'updateClass', guardUpdate);
  wrapMethod(schema, 'deleteFields', guardDeleteFields);
  wrapMethod(schema, 'setPermissions', guardPermissions);
  wrapMethod(schema, 'enforceClassExists', guardFirstRow);
  wrapMethod(schema, 'enforceFieldExists', guardField);
  wrapMethod(schema, 'hasClass', lookAgain);
  const base = DatabaseController.prototype;
  wrapMethod(base, 'deleteSchema', guardDrop);
  wrapMethod(base, 'purgeCollection', guardPurge);
  wrapMethod(base, 'canAddField', () => refuseClientFields);
  wrapMethod(base, 'find', guardPipeline);
  wrapMethod(RestWrite.prototype, 'validateClientClassCreation', knowClassFirst);
  wrapMethod(SchemaCache, 'put', (put) => (schemas) => {
    put(schemas);
    noteStoredClasses(schemas);
  });
}

type Schemas = SchemaController;

function guardNewClass(original: Schemas['addClassIfNotExists']): Schemas['addClassIfNotExists'] {
  return async function (this: Schemas, className, fields = {}, given, indexes = {}) {
    assertClassName(className);
    if (product.getStore() && given !== undefined) return original.call(this, className, fields, given, indexes);
    if (!isOwnClass(className))
      return original.call(this, className, ...newParseClass(className, fields, given, indexes));
    rules.assertNewClassName(className);
    rules.assertNewFields(className, fields);
    await assertIndexes(className, indexes, {});
    const permissions = rules.ownPermissions(given);
    const made = await original.call(this, className, fields, permissions, indexes);
    const isClosed = rules.isClosed(permissions);
    log()[isClosed ? 'warn' : 'info'](
      { class_name: className, class_level_permissions: permissions },
      isClosed
        ? `Class ${className} was made without permissions: only the master key reaches it. ` +
            'Open it with classLevelPermissions, in Parse Dashboard (Security) or by PUT /schemas.'
        : `Class ${className} was made.`,
    );
    return made;
  };
}

/** A class of Parse's own that the database lacks yet: made by its first row, or by an administrator for a column. */
function newParseClass(
  className: string,
  fields: Record<string, Field>,
  given: unknown,
  indexes: Indexes,
): [Record<string, Field>, ReturnType<typeof rules.parseClassPermissions>, Indexes] {
  const isParse = systemClasses.includes(className);
  const isOwnPart =
    Object.keys(fields).every((field) => rules.isOwnColumn(className, field)) &&
    Object.values(indexes).every((keys) => rules.isOwnIndex(className, keys));
  if (!isParse || given !== undefined || !isOwnPart) rules.assertOwnClass(className, 'made or changed');
  return [fields, rules.parseClassPermissions(className), indexes];
}

function guardUpdate(original: Schemas['updateClass']): Schemas['updateClass'] {
  return async function (this: Schemas, className, submitted, given, indexes, base) {
    if (product.getStore()) return original.call(this, className, submitted, given, indexes, base);
    const isOurs = !isOwnClass(className);
    rules.assertNewFields(className, submitted);
    const stored = await this.getOneSchema(className).catch(() => undefined);
    const changes = stored && isOurs ? ownChanges(stored, submitted, given, indexes) : submitted;
    if (stored && indexes) await assertIndexes(className, indexes, stored.indexes ?? {});
    if (stored && isOurs) return original.call(this, className, changes, undefined, indexes, base);
    if (stored && isTenantPointer(submitted['tenant']) && !stored.fields['tenant']) {
      await assertEmpty(this, className);
    }
    const permissions = given === undefined ? undefined : rules.ownPermissions(given);
    return original.call(this, className, submitted, permissions, indexes, base);
  };
}

/** What of the changes to a class of ours or Parse's is not there already. @throws Parse.Error 119 */
function ownChanges(stored: StoredSchema, submitted: FieldChanges, given: unknown, indexes?: Indexes): FieldChanges {
  const { className } = stored;
  const owner = rules.ownerOf(className);
  if (given !== undefined && !isDeepStrictEqual(given, stored.classLevelPermissions)) {
    throw rules.forbidden(`${className} belongs to ${owner}: its permissions cannot be changed.`);
  }
  for (const [name, keys] of Object.entries(indexes ?? {})) {
    const isDrop = keys['__op'] === 'Delete';
    if (!rules.isOwnIndex(className, isDrop ? stored.indexes?.[name] : keys)) {
      throw rules.forbidden(`${className} belongs to ${owner}: its index "${name}" cannot be changed.`);
    }
  }
  const changes = Object.entries(submitted).filter(([name, field]) => !isDeepStrictEqual(field, stored.fields[name]));
  const foreign = changes.find(([name]) => !rules.isOwnColumn(className, name));
  if (foreign) throw rules.forbidden(`${className} belongs to ${owner}: its field "${foreign[0]}" cannot be changed.`);
  return Object.fromEntries(changes);
}

function guardDeleteFields(original: Schemas['deleteFields']): Schemas['deleteFields'] {
  return async function (this: Schemas, names, className, base) {
    const foreign = names.find((name) => !rules.isOwnColumn(className, name));
    if (foreign !== undefined && !product.getStore()) {
      throw rules.forbidden(`${className} belongs to ${rules.ownerOf(className)}: "${foreign}" cannot be removed.`);
    }
    return original.call(this, names, className, base);
  };
}

function guardPermissions(original: Schemas['setPermissions']): Schemas['setPermissions'] {
  return async function (this: Schemas, className, permissions, newSchema) {
    if (permissions === undefined || product.getStore()) return original.call(this, className, permissions, newSchema);
    rules.assertOwnClass(className, 'opened or closed');
    return original.call(this, className, rules.ownPermissions(permissions), newSchema);
  };
}

/** Parse makes a class when the master key saves its first row; its own words hide why it could not. */
function guardFirstRow(original: Schemas['enforceClassExists']): Schemas['enforceClassExists'] {
  return async function (this: Schemas, className) {
    if (!Object.hasOwn(this.schemaData, className) && !product.getStore()) {
      if (isOwnClass(className)) rules.assertNewClassName(className);
      else if (!systemClasses.includes(className)) rules.assertOwnClass(className, 'made');
    }
    return original.call(this, className);
  };
}

function guardField(original: Schemas['enforceFieldExists']): Schemas['enforceFieldExists'] {
  return function (this: Schemas, className, name, type, isSave, maintenance) {
    const field = name.split('.', 1)[0]!;
    const isNew = type !== undefined && type !== null && !this.getExpectedType(className, field);
    if (isNew && !product.getStore()) assertMayAdd(className, field, type, isSave === true);
    return original.call(this, className, name, type, isSave, maintenance);
  };
}

function assertMayAdd(className: string, field: string, type: Field | string, isSave: boolean): void {
  if (!rules.isOwnColumn(className, field) || (isSave && !rules.takesColumnsBySave(className))) {
    throw rules.forbidden(`${className} belongs to ${rules.ownerOf(className)} and has no field "${field}".`);
  }
  const definition = typeof type === 'string' ? { type } : type;
  rules.assertNewFieldName(className, field, definition.type === 'Relation');
  if (isSave && field === 'tenant' && isOwnClass(className) && isTenantPointer(definition)) {
    // The row that brought it would stay as it is, open to everybody.
    throw rules.forbidden(`${className} has no field "tenant": add it to the schema, and the class is tenant-owned.`);
  }
}

/** Another process may have made the class since this one last read the schema. */
function lookAgain(original: Schemas['hasClass']): Schemas['hasClass'] {
  return async function (this: Schemas, className) {
    if (Object.hasOwn(this.schemaData, className)) return true;
    await this.reloadData({ clearCache: true });
    return original.call(this, className);
  };
}

/** Before triggers: those of a tenant-owned class are installed when the class is known. Parse asks for clients only. */
function knowClassFirst(original: RestWrite['validateClientClassCreation']): RestWrite['validateClientClassCreation'] {
  return async function (this: RestWrite) {
    if (isOwnClass(this.className) && !SchemaCache.get(this.className)) {
      await (await this.config.database.loadSchema()).hasClass(this.className);
    }
    return original.call(this);
  };
}

/** A class becomes tenant-owned before it has rows: those without a tenant would belong to nobody. */
export async function assertEmpty({ _dbAdapter: adapter }: Schemas, className: string): Promise<void> {
  const count = await adapter.count(className, { fields: {} }, null, '', false);
  if (count === 0) return;
  throw new Parse.Error(255, `${className} has ${count} rows. A class becomes tenant-owned while it has none.`);
}

/** On PostgreSQL the names of indexes are one list for all tables: "drop index" would reach one of ours. */
async function assertIndexes(className: string, indexes: Indexes, stored: Indexes): Promise<void> {
  rules.assertIndexDefinitions(indexes);
  const db = database();
  const names = Object.keys(indexes);
  if (db.kind !== 'postgres' || !names.length) return;
  const { rows } = await db.pool.query<{ indexname: string; tablename: string }>(
    'select indexname, tablename from pg_indexes where schemaname = current_schema() and indexname = any($1)',
    [names],
  );
  const taken = rows.find(({ indexname, tablename }) => tablename !== className || !Object.hasOwn(stored, indexname));
  if (taken) throw new Parse.Error(Parse.Error.INVALID_QUERY, `The index name "${taken.indexname}" is taken.`);
}

type Base = DatabaseController;

function guardDrop(original: Base['deleteSchema']): Base['deleteSchema'] {
  return async function (this: Base, className) {
    assertClassName(className);
    rules.assertOwnClass(className, 'dropped');
    // Parse would drop a table of that name that is no class.
    const schema = await this.loadSchema({ clearCache: true });
    if (!(await schema.hasClass(className))) return undefined;
    const result = await original.call(this, className);
    log().info({ class_name: className }, `Class ${className} was dropped.`);
    return result;
  };
}

function guardPurge(original: Base['purgeCollection']): Base['purgeCollection'] {
  return async function (this: Base, className) {
    assertClassName(className);
    rules.assertOwnClass(className, 'emptied');
    return original.call(this, className);
  };
}

/** Whatever the permission addField says. Parse asks here for clients only. */
const refuseClientFields: Base['canAddField'] = async (schema, className, object) => {
  const known = schema.schemaData[className]?.fields ?? { ...defaultColumns['_Default'], ...defaultColumns[className] };
  const added = Object.entries(object).find(
    ([name, value]) =>
      !Object.hasOwn(known, name.split('.', 1)[0]!) && (value as { __op?: string } | null)?.__op !== 'Delete',
  );
  if (added)
    throw rules.forbidden(`${className} has no field "${added[0]}". An administrator adds fields, not a client.`);
};

/** MongoDB's stages that write would replace the rows of any class; those that join could read what is none. */
function guardPipeline(original: Base['find']): Base['find'] {
  return async function (this: Base, className, query, options, ...rest) {
    const writes = options?.pipeline?.some((stage) => '$out' in (stage ?? {}) || '$merge' in (stage ?? {}));
    if (writes) throw rules.forbidden('An aggregation reads: $out and $merge are refused.');
    assertPipelineNames(options?.pipeline);
    return original.call(this, className, query, options, ...rest);
  };
}
