import { hasAnyRole, isPlatformAdmin } from '../../core/context';
import { AppError } from '../../core/errors';
import { invalidField } from '../../core/operation/issues';
import { aclOf } from '../../core/schema/acl';
import type { TriggerCall, TriggerRegistry } from '../../core/triggers';
import { ensureTenantRoles, syncMembership } from './membership.service';
import { DEFAULT_TENANT_SLUG, assertTenant, readSettings } from './tenants.rules';
import { forgetTenant } from './tenants.service';
import { findUserTenant, tenantIdOf, userIdOf } from './tenants.store';

/** The same rules whether a row comes through Parse Dashboard, an SDK, GraphQL or a service. */
export function registerTenantTriggers(registry: TriggerRegistry): void {
  registry.on('Tenant', 'beforeSave', prepareTenant);
  registry.on('Tenant', 'afterSave', async ({ object }) => {
    await ensureTenantRoles(object.id!);
  });
  registry.on('Tenant', 'beforeDelete', keepTenant);
  registry.on('Tenant', 'afterDelete', ({ object }) => forgetTenant(object.id!));
  registry.on('TenantMember', 'beforeSave', prepareMember);
  registry.on('TenantMember', 'afterSave', followMember);
  registry.on('TenantMember', 'beforeDelete', assertMayChangeMember);
  registry.on('TenantMember', 'afterDelete', followMember);
}

function prepareTenant({ ctx, object, original, isMaster }: TriggerCall): void {
  if (!isMaster && !isPlatformAdmin(ctx.actor)) {
    throw new AppError('FORBIDDEN', 'Only platform administrators manage tenants.');
  }
  if (!object.get('status')) object.set('status', 'active');
  assertTenant({
    name: object.get('name'),
    slug: object.get('slug'),
    rateLimit: object.get('rate_limit'),
  });
  if (original?.get('slug') === DEFAULT_TENANT_SLUG && object.get('slug') !== DEFAULT_TENANT_SLUG) {
    throw new AppError('CONFLICT', 'The default tenant keeps its slug.');
  }
  if (object.get('slug') === DEFAULT_TENANT_SLUG && object.get('status') !== 'active') {
    throw new AppError('CONFLICT', 'The default tenant stays active: everybody without another belongs to it.');
  }
  if (!original || object.dirty('settings')) object.set('settings', readSettings(object.get('settings')));
  // Until the roles exist (they carry the id, which the save gives) the row is the admins' alone.
  if (!original) object.setACL(aclOf({ read: ['role:admin'], write: ['role:admin'] }));
}

function keepTenant({ object, isMaster }: TriggerCall): void {
  if (object.get('slug') === DEFAULT_TENANT_SLUG) throw new AppError('CONFLICT', 'The default tenant stays.');
  if (!isMaster)
    throw new AppError('FORBIDDEN', 'A tenant is suspended, not deleted: its rows would belong to nobody.');
}

async function prepareMember(call: TriggerCall): Promise<void> {
  const { object, original } = call;
  if (!object.get('role')) throw invalidField('role', 'missing', 'is missing');
  const userId = userIdOf(object);
  if (!userId) throw invalidField('user', 'missing', 'is missing');
  if (original && userIdOf(original) !== userId)
    throw new AppError('VALIDATION_ERROR', 'The user of a membership cannot change.');
  const person = await findUserTenant(userId);
  if (!person) throw invalidField('user', 'invalid', 'names no such person');
  assertMayChangeMember(call);
  // Taking a person in moves him here: a tenant's admin may do that only with the tenant's own people.
  if (!isServer(call) && person.tenantId !== tenantIdOf(object)) {
    throw invalidField('user', 'invalid', 'names no such person');
  }
}

function assertMayChangeMember(call: TriggerCall): void {
  if (isServer(call)) return;
  const { actor } = call.ctx;
  if (
    actor.kind !== 'user' ||
    !hasAnyRole(actor, ['tenant:owner', 'tenant:admin']) ||
    actor.tenantId !== tenantIdOf(call.object)
  ) {
    throw new AppError('FORBIDDEN', 'Only the administrators of a tenant manage its members.');
  }
  const touchesOwner = call.object.get('role') === 'owner' || call.original?.get('role') === 'owner';
  if (touchesOwner && !hasAnyRole(actor, ['tenant:owner'])) {
    throw new AppError('FORBIDDEN', 'Only an owner changes owners.');
  }
}

async function followMember({ object }: TriggerCall): Promise<void> {
  const [tenantId, userId] = [tenantIdOf(object), userIdOf(object)];
  if (tenantId && userId) await syncMembership(tenantId, userId);
}

const isServer = ({ ctx, isMaster }: TriggerCall): boolean => isMaster || isPlatformAdmin(ctx.actor);
