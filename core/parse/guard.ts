import Parse from 'parse/node';
import { hasAnyRole, isPlatformAdmin } from '../context';
import { AppError } from '../errors';
import {
  aclOf,
  logPermissions,
  ownerPermissions,
  selfWriterOf,
  selfWrittenPermissions,
  tenantPermissions,
} from '../schema/acl';
import type { ClassDefinition } from '../schema/class-definition';
import { guardChoices } from './choices';
import type { TriggerCall, TriggerRegistry } from '../triggers';
import { filterByTenant, stampTenant, tenantForNewRow, tenantIdOf } from './tenant-rows';

const ADMINS = 'role:admin';
const BUILT_IN_FIELDS = new Set(['objectId', 'createdAt', 'updatedAt', 'ACL', 'tenant', 'className']);

/**
 * The rule below every door (SDK, REST, batch, GraphQL): unknown fields are refused, server fields
 * stay the server's, rows get their tenant and its ACL, lists show one's own tenant only.
 */
export function registerGuards(registry: TriggerRegistry, classes: readonly ClassDefinition[]): void {
  for (const definition of classes) {
    if (definition.className.startsWith('_')) continue;
    registry.on(definition.className, 'beforeSave', (call) => guardSave(definition, call));
    if (definition.tenant) registry.on(definition.className, 'beforeFind', filterByTenant);
  }
  registry.on('AuditLog', 'beforeDelete', () => {
    throw new AppError('FORBIDDEN', 'The audit log is append-only.');
  });
  registry.on('AuditLog', 'beforeSave', ({ original }) => {
    if (original) throw new AppError('FORBIDDEN', 'The audit log is append-only.');
  });
}

function guardSave(definition: ClassDefinition, call: TriggerCall): void {
  const { object, original, isMaster } = call;
  const changed = original ? object.dirtyKeys() : Object.keys(object.attributes);
  for (const key of changed) {
    if (!(key in definition.fields) && !BUILT_IN_FIELDS.has(key)) {
      throw new AppError('VALIDATION_ERROR', `${definition.className} has no field "${key}".`);
    }
    if (!isMaster && definition.serverFields?.includes(key)) {
      throw new AppError('VALIDATION_ERROR', `"${key}" is set by the server.`);
    }
  }
  guardChoices(definition, object, changed);
  if (definition.tenant) keepToTenant(definition, call);
  else if (definition.access === 'log') object.setACL(aclOf(logPermissions()));
  if (definition.access === 'own') keepToOwner(call);
}

function keepToTenant(definition: ClassDefinition, call: TriggerCall): void {
  const { object, original } = call;
  if (original) {
    const before = tenantIdOf(original);
    if (before && tenantIdOf(object) !== before)
      throw new AppError('VALIDATION_ERROR', 'The tenant of a row cannot change.');
    if (before && definition.access !== 'own')
      object.setACL(aclFor(definition, before, selfWriter(definition, original, object)));
    return;
  }
  const tenantId = tenantForNewRow(call);
  const writer = assertMayWrite(definition, call);
  stampTenant(object, tenantId);
  if (definition.access !== 'own') object.setACL(aclFor(definition, tenantId, writer));
}

function aclFor(definition: ClassDefinition, tenantId: string, selfWrittenBy: string | undefined): Parse.ACL {
  if (definition.access === 'log') return aclOf(logPermissions());
  return aclOf(selfWrittenBy ? selfWrittenPermissions(tenantId, selfWrittenBy) : tenantPermissions(tenantId));
}

/** @throws AppError FORBIDDEN where the row names anybody or anything but its writer */
function nameSelf(
  { fields }: ClassDefinition,
  selfField: string,
  { userId, object }: { userId: string; object: Parse.Object },
): void {
  for (const [name, { type }] of Object.entries(fields)) {
    const named = type === 'Pointer' ? idOf(object.get(name)) : undefined;
    if (named === undefined || (name === selfField && named === userId)) continue;
    throw new AppError('FORBIDDEN', `${name}: you write for yourself only.`);
  }
  object.set(selfField, Parse.User.createWithoutData(userId));
}

/** A row stays its writer's as long as it names him. */
function selfWriter(
  { selfWriters }: ClassDefinition,
  original: Parse.Object,
  object: Parse.Object,
): string | undefined {
  const writer = selfWriters && selfWriterOf(original.getACL());
  return writer && idOf(object.get(selfWriters)) === writer ? writer : undefined;
}

/** Of a pointer, also where it is JSON still. */
function idOf(pointer: unknown): string | undefined {
  const { id, objectId } = (pointer ?? {}) as { id?: string; objectId?: string };
  return id ?? objectId;
}

/** A row without an ACL is everybody's, and a client could open or give away his own: neither happens. */
function keepToOwner({ ctx, object, original, isMaster }: TriggerCall): void {
  if (isMaster) {
    if (!original && !object.getACL()) object.setACL(aclOf({ read: [ADMINS], write: [ADMINS] }));
    return;
  }
  if (original) {
    if (object.dirty('ACL')) object.setACL(original.getACL() ?? aclOf({ read: [ADMINS], write: [ADMINS] }));
    return;
  }
  if (ctx.actor.kind !== 'user') throw new AppError('UNAUTHORIZED', 'Log in first.');
  object.setACL(aclOf(ownerPermissions(ctx.actor.userId)));
}

/** Who has no other right writes about himself: his id then. @throws AppError FORBIDDEN */
function assertMayWrite(definition: ClassDefinition, { ctx, object, isMaster }: TriggerCall): string | undefined {
  const { access, writers = [], selfWriters } = definition;
  const { actor } = ctx;
  if (access !== 'ten' || isMaster || isPlatformAdmin(actor)) return undefined;
  if (hasAnyRole(actor, ['tenant:admin', 'tenant:owner', ...writers])) return undefined;
  if (!selfWriters || actor.kind !== 'user') throw new AppError('FORBIDDEN', 'Your roles do not allow writing here.');
  nameSelf(definition, selfWriters, { userId: actor.userId, object });
  return actor.userId;
}
