import Parse from 'parse/node';
import { hasAnyRole, isPlatformAdmin, type Ctx } from '../context';
import { AppError } from '../errors';
import { aclOf, logPermissions, ownerPermissions, tenantPermissions } from '../schema/acl';
import type { ClassDefinition } from '../schema/class-definition';
import { guardChoices } from './choices';
import type { TriggerCall, TriggerRegistry } from '../triggers';

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
    if (definition.tenant) registry.on(definition.className, 'beforeFind', (call) => guardFind(call));
  }
  registry.on('AuditLog', 'beforeDelete', () => {
    throw new AppError('FORBIDDEN', 'The audit log is append-only.');
  });
  registry.on('AuditLog', 'beforeSave', ({ original }) => {
    if (original) throw new AppError('FORBIDDEN', 'The audit log is append-only.');
  });
  registry.on('_Installation', 'beforeSave', ({ object }) => guardInstallation(object));
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
  if (definition.tenant) stampTenant(definition, call);
  else if (definition.access === 'log') object.setACL(aclOf(logPermissions()));
  if (definition.access === 'own') keepToOwner(call);
}

function stampTenant(definition: ClassDefinition, { ctx, object, original, isMaster }: TriggerCall): void {
  if (original) {
    const before = tenantIdOf(original);
    if (before && tenantIdOf(object) !== before)
      throw new AppError('VALIDATION_ERROR', 'The tenant of a row cannot change.');
    if (before && definition.access !== 'own') object.setACL(aclFor(definition, before));
    return;
  }
  const tenantId = tenantForNewRow(definition, ctx, object, isMaster);
  // A real pointer: triggers that come after this one read its id.
  const tenant = new Parse.Object('Tenant');
  tenant.id = tenantId;
  object.set('tenant', tenant);
  if (definition.access !== 'own') object.setACL(aclFor(definition, tenantId));
}

function aclFor(definition: ClassDefinition, tenantId: string): Parse.ACL {
  return aclOf(definition.access === 'log' ? logPermissions() : tenantPermissions(tenantId));
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

function tenantForNewRow(definition: ClassDefinition, ctx: Ctx, object: Parse.Object, isMaster: boolean): string {
  const named = tenantIdOf(object);
  if (isMaster || isPlatformAdmin(ctx.actor)) {
    const tenantId = named ?? ctx.tenantId;
    if (!tenantId)
      throw new AppError('VALIDATION_ERROR', 'tenant is missing: it is required when the master key writes.');
    return tenantId;
  }
  const { actor } = ctx;
  if (actor.kind !== 'user') throw new AppError('UNAUTHORIZED', 'Log in first.');
  if (named && named !== actor.tenantId) throw new AppError('NOT_FOUND', 'No such tenant.');
  const mayWrite = ['tenant:admin', 'tenant:owner', ...(definition.writers ?? [])] as const;
  if (definition.access === 'ten' && !hasAnyRole(actor, mayWrite)) {
    throw new AppError('FORBIDDEN', 'Your roles do not allow writing here.');
  }
  return actor.tenantId;
}

function tenantIdOf(object: Parse.Object): string | undefined {
  return (object.get('tenant') as { id?: string } | undefined)?.id;
}

/** The second belt: the row's ACL is the first. */
function guardFind({ ctx, query }: TriggerCall): void {
  const { actor } = ctx;
  if (actor.kind !== 'user' || isPlatformAdmin(actor) || !query) return;
  query.equalTo('tenant', { __type: 'Pointer', className: 'Tenant', objectId: actor.tenantId });
}

/** Parse Server 9.10.0 uses these values in a query that deletes other rows: operator objects must not get there. */
function guardInstallation(object: Parse.Object): void {
  for (const key of ['deviceToken', 'installationId', 'appIdentifier', 'deviceType']) {
    const value: unknown = object.get(key);
    if (value !== undefined && typeof value !== 'string')
      throw new AppError('VALIDATION_ERROR', `${key}: must be a text.`);
  }
}
