import { changeMembership, ensureRole, roleStore } from '../../core/auth/role.store';
import { adminRole, memberRole } from '../../core/schema/acl';
import type { MemberRole } from './tenants.rules';
import { defaultTenantId, forgetTenant } from './tenants.service';
import * as store from './tenants.store';

/** The tenant's two roles and its row's ACL; safe to run again at any time. */
export async function ensureTenantRoles(tenantId: string): Promise<void> {
  await ensureRole(memberRole(tenantId));
  await ensureRole(adminRole(tenantId));
  await store.writeTenantAcl(tenantId);
  forgetTenant(tenantId);
}

/** Brings roles and the person's tenant in step with the TenantMember row, whatever it says now. */
export async function syncMembership(tenantId: string, userId: string): Promise<void> {
  const role = await store.findMember(tenantId, userId);
  if (role) await ensureTenantRoles(tenantId);
  await syncUserTenant(tenantId, userId, role !== undefined);
  await changeMembership(userId, roleChange(tenantId, role));
}

/** After a crash between a row and its roles: compares them for every tenant. Returns how many people were put right. */
export async function repairMemberships(): Promise<number> {
  let repaired = 0;
  for (const { id } of await store.listTenants()) {
    await ensureTenantRoles(id);
    const wanted = new Map((await store.listMembers(id)).map(({ userId, role }) => [userId, role]));
    const members = new Set(await roleStore().membersOf(memberRole(id)));
    const admins = new Set(await roleStore().membersOf(adminRole(id)));
    for (const userId of new Set([...wanted.keys(), ...members, ...admins])) {
      const role = wanted.get(userId);
      const isRight = members.has(userId) === (role !== undefined) && admins.has(userId) === isAdmin(role);
      if (isRight) continue;
      await syncMembership(id, userId);
      repaired += 1;
    }
  }
  return repaired;
}

function roleChange(tenantId: string, role: MemberRole | undefined): { add: string[]; remove: string[] } {
  const [member, admin] = [memberRole(tenantId), adminRole(tenantId)];
  if (!role) return { add: [], remove: [member, admin] };
  return isAdmin(role) ? { add: [member, admin], remove: [] } : { add: [member], remove: [admin] };
}

const isAdmin = (role: MemberRole | undefined): boolean => role === 'owner' || role === 'admin';

/** A person works in one tenant at a time: the one he was put into, or what is left when he leaves it. */
async function syncUserTenant(tenantId: string, userId: string, isMember: boolean): Promise<void> {
  const person = await store.findUserTenant(userId);
  if (!person) return;
  const current = person.tenantId;
  if (isMember) {
    const belongsElsewhere = current !== undefined && current !== tenantId && (await store.findMember(current, userId));
    if (current !== tenantId && !belongsElsewhere) await store.setUserTenant(userId, tenantId);
    return;
  }
  if (current !== tenantId) return;
  const [other] = await store.tenantsOf(userId);
  const next = other ?? (await defaultTenantId());
  if (next !== current) await store.setUserTenant(userId, next);
}
