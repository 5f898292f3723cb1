import Parse from 'parse/node';
import { isPlatformAdmin, type Ctx } from '../context';
import { AppError } from '../errors';
import { adminRole, aclOf, memberRole, tenantPermissions } from '../schema/acl';
import type { TriggerCall, TriggerRegistry } from '../triggers';
import { isTenantOwned } from './product-classes';
import { filterByTenant, stampTenant, tenantForNewRow, tenantIdOf } from './tenant-rows';

type Access = { read?: boolean; write?: boolean };

const PLATFORM_ADMINS = 'role:admin';

/**
 * Tenant-owned classes of the app come and go at run time, and Parse has no trigger for all classes: called with the
 * names whenever the schema was read, this installs once what looks at each call whether the class is one at present.
 */
export function tenantOwnedGuards(registry: TriggerRegistry): (classNames: Iterable<string>) => void {
  const guarded = new Set<string>();
  return (classNames) => {
    for (const className of classNames) {
      if (guarded.has(className)) continue;
      guarded.add(className);
      const whileOwned =
        (guard: (call: TriggerCall) => Promise<void> | void) =>
        (call: TriggerCall): Promise<void> | void =>
          isTenantOwned(className) ? guard(call) : undefined;
      registry.on(className, 'beforeSave', whileOwned(guardSave));
      registry.on(className, 'beforeDelete', whileOwned(guardDelete));
      registry.on(className, 'beforeFind', whileOwned(filterByTenant));
    }
  };
}

async function guardSave(call: TriggerCall): Promise<void> {
  const { object, original } = call;
  const before = original && tenantIdOf(original);
  if (original) assertSameTenant(call.ctx, before);
  if (before && tenantIdOf(object) !== before) {
    throw new AppError('VALIDATION_ERROR', 'The tenant of a row cannot change.');
  }
  const tenantId = before ?? tenantForNewRow(call);
  if (!before) stampTenant(object, tenantId);
  if (!before || object.dirty('ACL')) object.setACL(await settledAcl(call, tenantId));
}

function guardDelete({ ctx, object, original }: TriggerCall): void {
  assertSameTenant(ctx, tenantIdOf(original ?? object));
}

/** Who has gone to another tenant is still named in the ACL of rows that he made here. */
function assertSameTenant({ actor }: Ctx, tenantId: string | undefined): void {
  if (actor.kind !== 'user' || isPlatformAdmin(actor) || !tenantId) return;
  if (actor.tenantId !== tenantId) throw new AppError('NOT_FOUND', 'Object not found.');
}

/** The ACL given, if it stays within the tenant, else that of a row of the tenant; platform admins are in both. */
async function settledAcl({ ctx, object, original }: TriggerCall, tenantId: string): Promise<Parse.ACL> {
  const given: unknown = object.get('ACL');
  const creatorId = !original && ctx.actor.kind === 'user' ? ctx.actor.userId : undefined;
  if (!(given instanceof Parse.ACL)) {
    if (given !== undefined && given !== null) throw new AppError('VALIDATION_ERROR', 'ACL: must be an ACL.');
    const acl = aclOf(tenantPermissions(tenantId));
    if (creatorId) {
      acl.setReadAccess(creatorId, true);
      acl.setWriteAccess(creatorId, true);
    }
    return acl;
  }
  const entries = given.toJSON() as Record<string, Access>;
  await assertWithinTenant(Object.keys(entries), tenantId, [
    creatorId,
    ...Object.keys(original?.getACL()?.toJSON() ?? {}),
  ]);
  given.setRoleReadAccess('admin', true);
  given.setRoleWriteAccess('admin', true);
  return given;
}

/** @param known names that need no look: the creator, and those that the row's ACL has already */
async function assertWithinTenant(
  names: readonly string[],
  tenantId: string,
  known: readonly (string | undefined)[],
): Promise<void> {
  const refuse = (name: string): never => {
    throw new AppError(
      'VALIDATION_ERROR',
      `ACL: "${name}" is not of the row’s tenant. It may name people of the tenant and its two roles, ` +
        `${memberRole(tenantId)} and ${adminRole(tenantId)}.`,
    );
  };
  const roles = new Set([PLATFORM_ADMINS, `role:${memberRole(tenantId)}`, `role:${adminRole(tenantId)}`]);
  const wide = names.find((name) => name === '*' || (name.startsWith('role:') && !roles.has(name)));
  if (wide !== undefined) refuse(wide);
  const ids = names.filter((name) => !name.startsWith('role:') && !known.includes(name));
  if (!ids.length) return;
  // The master key: people of one tenant do not see each other's rows, but may name each other.
  const people = await new Parse.Query('_User')
    .equalTo('tenant', { __type: 'Pointer', className: 'Tenant', objectId: tenantId })
    .containedIn('objectId', ids)
    .select('objectId')
    .limit(ids.length)
    .find({ useMasterKey: true });
  const found = new Set(people.map(({ id }) => id));
  const stranger = ids.find((id) => !found.has(id));
  if (stranger !== undefined) refuse(stranger);
}
