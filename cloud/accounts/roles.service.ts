import { changeMembership, ensureInheritance, ensureRole, roleStore } from '../../core/auth/role.store';
import type { Ctx } from '../../core/context';
import { platformRoles, PRIVILEGED_ROLES, type Role } from '../../core/roles';
import { AppError } from '../../core/errors';
import { systemContext } from '../../core/parse/trigger-context';
import { isServerRole } from '../../core/schema/acl';
import { addMember, removeMember } from '../tenants/tenants.service';
import { splitRoles } from './accounts.rules';
import { findUser, tenantIdOf } from './accounts.store';
import { beginAdminRemoval, endAdminRemoval } from './admin-guard';

/** The Parse roles of the platform; a super admin is in `admin` through the tree of roles. */
export async function ensurePlatformRoles(): Promise<void> {
  for (const role of platformRoles()) await ensureRole(role);
  await ensureInheritance('admin', 'super_admin');
  await roleStore().openToMembers(isServerRole);
}

/**
 * Makes `roles` the whole set of a person's roles; who may ask for it is checked before.
 * @throws AppError CONFLICT when the last administrator would be gone
 */
export async function applyRoles(ctx: Ctx, userId: string, roles: readonly Role[]): Promise<void> {
  const { platform, tenant } = splitRoles(roles);
  const held = (await roleStore().namesOf([userId])).get(userId) ?? [];
  const lost = platformRoles().filter((role) => held.includes(role) && !platform.includes(role));
  const isDemoted = lost.some((role) => (PRIVILEGED_ROLES as readonly Role[]).includes(role));
  if (isDemoted) await beginAdminRemoval(userId);
  try {
    await changeMembership(userId, { add: platform, remove: lost });
  } finally {
    if (isDemoted) await endAdminRemoval(userId);
  }
  await applyTenantRole(ctx, userId, tenant);
}

async function applyTenantRole(
  ctx: Ctx,
  userId: string,
  role: 'owner' | 'admin' | 'member' | undefined,
): Promise<void> {
  const user = await findUser(userId);
  const tenantId = user && tenantIdOf(user);
  if (!tenantId) throw new AppError('NOT_FOUND', 'The account has no tenant.');
  // The right to change roles was checked; managing members is the tenants' own rule.
  const server = { ...systemContext('accounts.roles', tenantId), requestId: ctx.requestId };
  if (role) await addMember(server, { tenantId, userId, role });
  else await removeMember(server, { tenantId, userId });
}
