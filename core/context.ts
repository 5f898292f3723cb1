import type { Clock } from './clock';
import type { Log } from './log';
import type { HeldUpload } from './upload';

/** Platform roles (contract 10). A tenant's own roles are in {@link TENANT_ROLES}. */
export const PLATFORM_ROLES = ['super_admin', 'admin', 'support', 'sales', 'analyst'] as const;
/** Platform administrators: who holds one of these may not be touched by a plain admin, only by himself or a super admin. */
export const PRIVILEGED_ROLES = ['super_admin', 'admin'] as const;
export const TENANT_ROLES = ['tenant:owner', 'tenant:admin', 'tenant:member'] as const;
export const ROLES = [...PLATFORM_ROLES, ...TENANT_ROLES] as const;
export type Role = (typeof ROLES)[number];

/** A signed-in person. */
export interface UserActor {
  kind: 'user';
  userId: string;
  /** Objects of other tenants do not exist for this person, unless a platform admin. */
  tenantId: string;
  roles: readonly Role[];
  /** Requests a minute that all people of the tenant share; absent for none, and for platform admins. */
  tenantRateLimit?: number;
  /** objectId of the _Session; a refresh makes a new one. */
  sessionId: string;
  sessionToken: string;
}

export type Actor = UserActor | { kind: 'anonymous' } | { kind: 'system'; name: string } | { kind: 'master' };

/** Who asks, for whom, when, under which request id. First argument of every service call. */
export interface Ctx {
  actor: Actor;
  /** The tenant whose rows the call may touch; undefined for anonymous callers. */
  tenantId: string | undefined;
  requestId: string;
  /** Remote address, for limits and the audit log; empty for the system. */
  ip: string;
  door: 'rest' | 'cloud' | 'job' | 'trigger' | 'system';
  clock: Clock;
  log: Log;
  /** The client sent Cache-Control: no-cache and wants changes committed before now. */
  fresh: boolean;
  /** Media types the client asks for; absent where the door has no choice of them. */
  accept?: string;
  idempotencyKey?: string;
  /** The file that came with the request, already on disk. Who keeps it takes it; the door deletes what nobody took. */
  upload?: HeldUpload;
}

/** Of a Cache-Control header: the client wants what is so now. */
export function asksForFresh(cacheControl: unknown): boolean {
  return typeof cacheControl === 'string' && /\bno-(cache|store)\b/.test(cacheControl);
}

export function isPlatformAdmin(actor: Actor): boolean {
  if (actor.kind === 'system' || actor.kind === 'master') return true;
  return hasAnyRole(actor, PRIVILEGED_ROLES);
}

export function hasAnyRole(actor: Actor, roles: readonly Role[]): boolean {
  return actor.kind === 'user' && actor.roles.some((role) => roles.includes(role));
}
