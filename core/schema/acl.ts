import Parse from 'parse/node';
import { platformRoles } from '../roles';

/** Parse role names of a tenant's members and admins (design 4). Owners are in the admin role. */
export const memberRole = (tenantId: string): string => `t_${tenantId}_member`;
export const adminRole = (tenantId: string): string => `t_${tenantId}_admin`;

/** Whether a role of that name is the server's, in any case: a role of an app must not look like one. */
export function isServerRole(name: string): boolean {
  return /^t_/i.test(name) || (platformRoles() as readonly string[]).includes(name.toLowerCase());
}

const PLATFORM_ADMIN = 'role:admin';

export interface Permissions {
  read: string[];
  write: string[];
}

/** `_rperm` and `_wperm` of a tenant's row, for writes that bypass the SDK (NULL would mean public). */
export function tenantPermissions(tenantId: string): Permissions {
  const admin = `role:${adminRole(tenantId)}`;
  return { read: [`role:${memberRole(tenantId)}`, admin, PLATFORM_ADMIN], write: [admin, PLATFORM_ADMIN] };
}

/** Of a tenant's row that a person added about himself (`selfWriters`): he reads it, too. The id is what tells such a row. */
export function selfWrittenPermissions(tenantId: string, userId: string): Permissions {
  const { read, write } = tenantPermissions(tenantId);
  return { read: [...read, userId], write };
}

/** Who added the row about himself; undefined for rows of the tenant's writers and imports. */
export function selfWriterOf(acl: Parse.ACL | null | undefined): string | undefined {
  return Object.keys(acl?.permissionsById ?? {}).find((name) => !name.startsWith('role:') && name !== '*');
}

/** Of what the server writes down for itself (`log`), whatever tenant it is about: it tells of people and their addresses. */
export function logPermissions(): Permissions {
  return { read: [PLATFORM_ADMIN], write: [] };
}

/** A row of one person: readable and writable by the owner and by platform admins. */
export function ownerPermissions(userId: string): Permissions {
  return { read: [userId, PLATFORM_ADMIN], write: [userId, PLATFORM_ADMIN] };
}

export function aclOf(permissions: Permissions): Parse.ACL {
  const acl = new Parse.ACL();
  for (const name of permissions.read) setAccess(acl, name, 'read');
  for (const name of permissions.write) setAccess(acl, name, 'write');
  return acl;
}

function setAccess(acl: Parse.ACL, name: string, kind: 'read' | 'write'): void {
  const role = name.startsWith('role:') ? name.slice(5) : undefined;
  if (role && kind === 'read') acl.setRoleReadAccess(role, true);
  else if (role) acl.setRoleWriteAccess(role, true);
  else if (kind === 'read') acl.setReadAccess(name, true);
  else acl.setWriteAccess(name, true);
}
