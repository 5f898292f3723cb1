import { leaveAllRoles } from '../../core/auth/role.store';
import type { Ctx } from '../../core/context';
import { removeMember } from '../tenants/tenants.service';
import { endAccess } from './access.service';
import { refreshStore } from './refresh.store';

/** What ends with an account whose row is gone: sessions, refresh tokens, roles, memberships. May be repeated. */
export async function leave(ctx: Ctx, userId: string): Promise<void> {
  await endAccess(userId, ctx.clock.now());
  await refreshStore().removeOf(userId);
  await leaveAllRoles(userId);
  await removeMember({ ...ctx, actor: { kind: 'system', name: 'accounts.delete' } }, { userId });
}
