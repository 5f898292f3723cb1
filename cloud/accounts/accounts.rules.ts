import { hasAnyRole, isPlatformAdmin, type Actor } from '../../core/context';
import { platformRoles, PRIVILEGED_ROLES, TENANT_ROLES, type Role } from '../../core/roles';
import { nameKey, prepareName } from '../../core/auth/names';
import { containsName } from '../../core/auth/password-text';
import { AppError } from '../../core/errors';

/** One address has one form, whatever the spelling. */
export const normaliseEmail = nameKey;

/**
 * A username that looks like an address must be the account's own: otherwise its holder could
 * catch the logins meant for that address.
 * @throws AppError VALIDATION_ERROR
 */
export function normaliseUsername(username: string, email: string | undefined): string {
  const name = username.trim();
  if (!name) throw new AppError('VALIDATION_ERROR', 'username: must not be blank.');
  // In a wide form, too.
  if (!prepareName(name).includes('@')) return name;
  if (normaliseEmail(name) !== email) {
    throw new AppError('VALIDATION_ERROR', 'username: an email address as username must be the email of the account.');
  }
  return normaliseEmail(name);
}

/** @throws AppError VALIDATION_ERROR */
export function assertPasswordFits(password: string, username: string): void {
  if (containsName(password, username))
    throw new AppError('VALIDATION_ERROR', 'password: must not contain the username.');
}

/** @throws AppError FORBIDDEN when the actor may not turn `before` into `after` */
export function assertMayGrant(actor: Actor, before: readonly Role[], after: readonly Role[]): void {
  const changed = [
    ...before.filter((role) => !after.includes(role)),
    ...after.filter((role) => !before.includes(role)),
  ];
  if (!changed.length) return;
  if (!isPlatformAdmin(actor)) throw new AppError('FORBIDDEN', 'Only administrators change roles.');
  const isPrivileged = changed.some((role) => (PRIVILEGED_ROLES as readonly Role[]).includes(role));
  if (isPrivileged && !isSuperAdmin(actor)) {
    throw new AppError('FORBIDDEN', 'Only a super administrator grants or takes administrator roles.');
  }
}

/** @throws AppError FORBIDDEN when the account belongs to an administrator and the actor is a plain one */
export function assertMayManage(actor: Actor, target: { id: string; roleNames: readonly string[] }): void {
  if (isSelf(actor, target.id) || isSuperAdmin(actor)) return;
  if (!isPlatformAdmin(actor)) throw new AppError('FORBIDDEN', 'This is not your account.');
  if (target.roleNames.some((name) => (PRIVILEGED_ROLES as readonly string[]).includes(name))) {
    throw new AppError('FORBIDDEN', "Only a super administrator changes another administrator's account.");
  }
}

export function isSelf(actor: Actor, userId: string): boolean {
  return actor.kind === 'user' && actor.userId === userId;
}

export function isSuperAdmin(actor: Actor): boolean {
  return actor.kind === 'system' || actor.kind === 'master' || hasAnyRole(actor, ['super_admin']);
}

/** @throws AppError VALIDATION_ERROR for more than one role in the tenant */
export function splitRoles(roles: readonly Role[]): {
  platform: Role[];
  tenant: 'owner' | 'admin' | 'member' | undefined;
} {
  const platform = platformRoles().filter((role) => roles.includes(role));
  const tenant = TENANT_ROLES.filter((role) => roles.includes(role));
  if (tenant.length > 1) throw new AppError('VALIDATION_ERROR', 'roles: at most one tenant role.');
  return { platform, tenant: tenant[0]?.slice('tenant:'.length) as 'owner' | 'admin' | 'member' | undefined };
}

/** In a fixed order, without what Parse roles a host application adds. */
export function knownRoles(roleNames: Iterable<string>, tenantRole: string | undefined): Role[] {
  const names = new Set(roleNames);
  return [
    ...platformRoles().filter((role) => names.has(role)),
    ...TENANT_ROLES.filter((role) => role === `tenant:${tenantRole}`),
  ];
}
