import { LRUCache } from 'lru-cache';
import Parse from 'parse/node';
import DatabaseController from 'parse-server/lib/Controllers/DatabaseController';
import type { Fields } from 'parse-server/lib/Controllers/SchemaController';
import { get as parseConfig } from 'parse-server/lib/Config';
import { config } from '../../core/config';
import { isPlatformAdmin } from '../../core/context';
import { isTenantPointer, productClass } from '../../core/parse/product-classes';
import { fieldsOf } from './conditions';
import type { Viewer } from './viewer';

type Row = Record<string, unknown>;
type Operation = 'get' | 'find';
interface Permission {
  [name: string]: unknown;
  requiresAuthentication?: boolean;
  pointerFields?: string[];
}
export interface ClassRights {
  className: string;
  permissions: Partial<Record<Operation, Permission>> & { readUserFields?: string[] };
  /** Each row is a tenant's, in a class of ours or of the app. */
  isTenantOwned: boolean;
}

/** Another process may have changed them; Parse's own cache of schemas may hold them for longer. */
const FRESH_MS = 1000;
const known = new LRUCache<string, Promise<ClassRights>>({ max: 1000, ttl: FRESH_MS });

const permissionDenied = (): Parse.Error => new Parse.Error(Parse.Error.OPERATION_FORBIDDEN, 'Permission denied');

interface ClassReader {
  adapter: { getClass(className: string): Promise<{ classLevelPermissions?: object; fields: Fields } | undefined> };
  addProtectedFields(
    permissions: object,
    className: string,
    query: object,
    names: readonly string[],
    auth: object,
  ): string[] | null;
}
const reader = (): ClassReader => (parseConfig(config().parseAppId) as unknown as { database: ClassReader }).database;

/** @throws Parse.Error 119 for a class that does not exist, as a find does */
export function classRights(className: string): Promise<ClassRights> {
  const fresh = known.get(className);
  if (fresh) return fresh;
  const reading = readRights(className);
  known.set(className, reading);
  reading.catch(() => known.delete(className));
  return reading;
}

async function readRights(className: string): Promise<ClassRights> {
  // PostgreSQL's adapter throws undefined for a class that does not exist.
  const found = await reader()
    .adapter.getClass(className)
    .catch((error: unknown) => {
      if (error === undefined) return undefined;
      throw error;
    });
  if (!found) throw permissionDenied();
  const isTenantOwned = productClass(className)?.tenant ?? isTenantPointer(found.fields.tenant);
  return { className, permissions: found.classLevelPermissions ?? {}, isTenantOwned };
}

/** Asking for one row by its id alone is a `get`, as in Parse Server. */
export function operationOf(where: object): Operation {
  const keys = Object.keys(where);
  return keys.length === 1 && typeof (where as Row).objectId === 'string' ? 'get' : 'find';
}

/** Fields of the class that this person never sees, and so may not ask by. */
function protectedFieldsOf({ className, permissions }: ClassRights, viewer: Viewer): readonly string[] {
  if (viewer.isMaster) return [];
  return reader().addProtectedFields(permissions, className, {}, viewer.names, viewer.auth) ?? [];
}

/**
 * What a find of this person would look through at this moment: every row, the rows that point to
 * him, or nothing.
 */
function accessTo({ permissions }: ClassRights, operation: Operation, viewer: Viewer): 'all' | string[] | 'none' {
  const permission = permissions[operation];
  if (viewer.isMaster || !permission) return 'all';
  if (viewer.names.some((name) => permission[name] === true)) return 'all';
  const pointers = [...(permission.pointerFields ?? []), ...(permissions.readUserFields ?? [])];
  if (!viewer.actor) return 'none';
  if (pointers.length) return pointers;
  return permission.requiresAuthentication === true ? 'all' : 'none';
}

/**
 * @param watched fields besides those of the condition
 * @throws Parse.Error 119 where a find would be refused
 */
export function assertMayFollow(
  rights: ClassRights,
  viewer: Viewer,
  where: Row,
  watched: readonly string[] = [],
): void {
  if (accessTo(rights, operationOf(where), viewer) === 'none') throw permissionDenied();
  const hidden = protectedFieldsOf(rights, viewer);
  if (!hidden.length) return;
  for (const field of [...fieldsOf(where), ...watched]) if (hidden.includes(field)) throw permissionDenied();
}

/** Whether a find of this person could give the row, its conditions aside. */
export function maySee(rights: ClassRights, operation: Operation, viewer: Viewer, row: Row): boolean {
  if (viewer.isMaster) return true;
  const access = accessTo(rights, operation, viewer);
  if (access === 'none') return false;
  if (access !== 'all' && !access.some((field) => pointsTo(row[field], viewer.actor!.userId))) return false;
  if (rights.isTenantOwned && !isOfOwnTenant(viewer, row)) return false;
  const acl = row.ACL as Record<string, { read?: boolean }> | undefined;
  return !acl || viewer.names.some((name) => Object.hasOwn(acl, name) && acl[name]!.read === true);
}

/** The second belt, as a find has it (core/parse/tenant-rows.ts): the ACL is the first. */
function isOfOwnTenant({ actor }: Viewer, row: Row): boolean {
  if (!actor || isPlatformAdmin(actor)) return true;
  return (row.tenant as { objectId?: string } | undefined)?.objectId === actor.tenantId;
}

function pointsTo(value: unknown, userId: string): boolean {
  if (Array.isArray(value)) return value.some((item) => pointsTo(item, userId));
  return (value as { objectId?: string } | null | undefined)?.objectId === userId;
}

/** A copy of the row as a find would show it to this person. */
export function shownTo(rights: ClassRights, operation: Operation, viewer: Viewer, row: Row): Row {
  const { className, permissions } = rights;
  return DatabaseController.filterSensitiveData(
    viewer.isMaster,
    false,
    viewer.names,
    viewer.auth,
    operation,
    { getClassLevelPermissions: () => (viewer.isMaster ? {} : permissions) },
    className,
    protectedFieldsOf(rights, viewer),
    structuredClone(row),
    false,
  );
}
