import { LRUCache } from 'lru-cache';
import { Auth } from 'parse-server/lib/Auth';
import { get as parseConfig } from 'parse-server/lib/Config';
import { resolveActor } from '../../core/auth/session';
import { systemClock } from '../../core/clock';
import { config } from '../../core/config';
import type { UserActor } from '../../core/context';

/** Who a subscription belongs to, with his rights of this moment. */
export interface Viewer {
  isMaster: boolean;
  /** Absent for the anonymous and for the master key. */
  actor?: UserActor;
  /** Names that an ACL or a class may give rights to: `*`, the user's id, `role:<name>`. */
  names: readonly string[];
  /** As Parse Server's own checks take it. */
  auth: { user?: { id: string }; userRoles: readonly string[] };
}

/** How long a role that was taken may still count. */
const ROLES_FRESH_MS = 1000;

const rolesByUser = new LRUCache<string, Promise<readonly string[]>>({ max: 10_000, ttl: ROLES_FRESH_MS });

/**
 * LiveQuery of Parse Server keeps sessions and roles for seconds, and keeps a session that was
 * refused for good. Here the session, the account and the tenant are asked as on every other door.
 * @throws AppError UNAUTHORIZED for a session that is over, FORBIDDEN for a suspended account or tenant
 */
export async function viewerOf(isMaster: boolean, sessionToken: string | undefined): Promise<Viewer> {
  if (isMaster) return { isMaster, names: ['*'], auth: { userRoles: [] } };
  const actor = sessionToken ? await resolveActor({ sessionToken }, systemClock.now()) : undefined;
  if (actor?.kind !== 'user') return { isMaster, names: ['*'], auth: { userRoles: [] } };
  const userRoles = await rolesOf(actor.userId);
  return {
    isMaster,
    actor,
    names: ['*', actor.userId, ...userRoles],
    auth: { user: { id: actor.userId }, userRoles },
  };
}

function rolesOf(userId: string): Promise<readonly string[]> {
  const known = rolesByUser.get(userId);
  if (known) return known;
  const auth = new Auth({ config: parseConfig(config().parseAppId), isMaster: false, user: { id: userId } });
  // Parse's own cache of roles outlives a membership by up to its TTL.
  auth.cacheController = undefined;
  const roles = auth.getUserRoles();
  rolesByUser.set(userId, roles);
  roles.catch(() => rolesByUser.delete(userId));
  return roles;
}
