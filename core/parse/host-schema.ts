import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import Parse from 'parse/node';
import type DatabaseController from 'parse-server/lib/Controllers/DatabaseController';
import type {
  Field,
  FieldChanges,
  Indexes,
  SchemaController,
  StoredSchema,
} from 'parse-server/lib/Controllers/SchemaController';
import { z } from 'zod';
import { AppError } from '../errors';
import { isOwnClass } from './product-classes';
import { assertEmpty } from './schema-guard';
import * as rules from './schema-rules';

const TRIES = 4;
const RETRY_MS = 500;
const TENANT: Field = { type: 'Pointer', targetClass: 'Tenant' };

const classSchema = z.strictObject({
  className: z.string().min(1),
  fields: z.record(z.string(), z.looseObject({ type: z.string(), targetClass: z.string().optional() })).default({}),
  classLevelPermissions: z.record(z.string(), z.unknown()).optional(),
  indexes: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  tenant: z.boolean().default(false),
});
export type HostClass = z.infer<typeof classSchema>;

/**
 * The classes that HOST_SCHEMA names.
 * @throws AppError VALIDATION_ERROR naming every fault that the file alone shows
 */
export async function readHostSchema(file: string): Promise<HostClass[]> {
  const parsed = z.array(classSchema).safeParse(await load(path.resolve(file)));
  if (!parsed.success) {
    return fail(parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`));
  }
  const classes = parsed.data.map((definition) =>
    definition.tenant ? { ...definition, fields: { tenant: TENANT, ...definition.fields } } : definition,
  );
  refuse(classes.flatMap((definition, index) => faultsOf(definition, classes.slice(0, index))));
  return classes;
}

async function load(file: string): Promise<unknown> {
  try {
    if (file.endsWith('.json')) return JSON.parse(await readFile(file, 'utf8')) as unknown;
    return ((await import(file)) as { default: unknown }).default;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('VALIDATION_ERROR', `HOST_SCHEMA cannot be read: ${reason}`, { cause });
  }
}

function faultsOf(definition: HostClass, earlier: readonly HostClass[]): string[] {
  const { className, fields, classLevelPermissions, indexes, tenant } = definition;
  const faults: string[] = [];
  if (earlier.some((other) => other.className === className)) faults.push(`${className}: named twice.`);
  if (isOwnClass(className)) {
    faults.push(...faultIn(className, () => rules.assertNewClassName(className)));
    if (tenant && !isDeepStrictEqual(fields['tenant'], TENANT)) faults.push(`${className}.tenant: is not the app’s.`);
  } else if (!rules.takesColumns(className)) {
    return [`${className}: belongs to ${rules.ownerOf(className)}.`];
  } else {
    if (classLevelPermissions || tenant)
      faults.push(`${className}: its permissions belong to ${rules.ownerOf(className)}.`);
    const taken = Object.keys(fields).filter((name) => !rules.isOwnColumn(className, name));
    faults.push(...taken.map((name) => `${className}.${name}: belongs to ${rules.ownerOf(className)}.`));
    const foreign = Object.entries(indexes).filter(([, keys]) => !rules.isOwnIndex(className, keys));
    faults.push(...foreign.map(([name]) => `${className}: the index "${name}" is not on columns of the app alone.`));
  }
  for (const [name, field] of Object.entries(fields)) {
    faults.push(...faultIn(className, () => rules.assertNewFieldName(className, name, field.type === 'Relation')));
  }
  return faults;
}

/**
 * Makes what the file names and the database lacks, and sets the permissions that it states; takes nothing away.
 * @throws AppError VALIDATION_ERROR naming every contradiction, before anything is changed
 */
export async function applyHostSchema(classes: readonly HostClass[], database: DatabaseController): Promise<void> {
  const faults: string[] = [];
  for (const definition of classes) faults.push(...(await contradictions(definition, await reload(database))));
  refuse(faults);
  for (const definition of classes) await withRetries(async () => apply(definition, database));
}

async function contradictions(definition: HostClass, schema: SchemaController): Promise<string[]> {
  const { className, fields, indexes } = definition;
  const stored = await storedClass(schema, className);
  const faults = Object.entries(fields).flatMap(([name, { type, targetClass }]) => {
    const known = stored?.fields[name];
    const isOther = known && (known.type !== type || known.targetClass !== targetClass);
    return isOther ? [`${className}.${name}: the database has it as ${known.type}.`] : [];
  });
  for (const [name, keys] of Object.entries(indexes)) {
    const known = stored?.indexes?.[name];
    if (known && !isDeepStrictEqual(known, keys))
      faults.push(`${className}: the database has another index "${name}".`);
  }
  faults.push(...faultIn(className, () => assertValid(schema, definition, stored)));
  if (definition.tenant && stored && !stored.fields['tenant']) {
    await assertEmpty(schema, className).catch((error: Error) => faults.push(`${className}.tenant: ${error.message}`));
  }
  return faults;
}

/** As Parse judges it. @throws Parse.Error */
function assertValid(schema: SchemaController, definition: HostClass, stored: StoredSchema | undefined): void {
  const { className, fields, classLevelPermissions } = definition;
  const all = { ...stored?.fields, ...fields };
  const refusal = schema.validateSchemaData(className, all, classLevelPermissions, Object.keys(stored?.fields ?? {}));
  if (refusal) throw new Parse.Error(refusal.code, refusal.error);
}

async function apply(definition: HostClass, database: DatabaseController): Promise<void> {
  const { className, fields, classLevelPermissions: stated, indexes } = definition;
  const schema = await reload(database);
  const stored = await storedClass(schema, className);
  if (!stored) {
    await schema.addClassIfNotExists(className, fields, stated, indexes);
    return;
  }
  const changes: FieldChanges = pick(fields, (name, field) => !isDeepStrictEqual(field, stored.fields[name]));
  const added: Indexes = pick(indexes, (name) => !stored.indexes?.[name]);
  const permissions = stated && rules.ownPermissions(stated);
  const isOpenedAnew = permissions && !isDeepStrictEqual(permissions, stored.classLevelPermissions);
  if (!Object.keys(changes).length && !Object.keys(added).length && !isOpenedAnew) return;
  await schema.updateClass(className, changes, permissions, added, database);
}

async function reload(database: DatabaseController): Promise<SchemaController> {
  const schema = await database.loadSchema({ clearCache: true });
  await schema.reloadData({ clearCache: true });
  return schema;
}

function storedClass(schema: SchemaController, className: string): Promise<StoredSchema | undefined> {
  return schema.getOneSchema(className).catch(() => undefined);
}

/** Several web processes may start at once and make the same class. */
async function withRetries(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS * attempt));
    }
  }
}

function faultIn(className: string, check: () => void): string[] {
  try {
    check();
    return [];
  } catch (error) {
    return [`${className}: ${(error as Parse.Error).message}`];
  }
}

function refuse(faults: readonly string[]): void {
  if (faults.length) fail(faults);
}

function fail(faults: readonly string[]): never {
  const lines = faults.map((fault) => `\n  - ${fault}`).join('');
  throw new AppError('VALIDATION_ERROR', `HOST_SCHEMA has ${faults.length} fault(s):${lines}`);
}

function pick<T>(record: Record<string, T>, isWanted: (name: string, value: T) => boolean): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([name, value]) => isWanted(name, value)));
}
