import type { Clock } from './clock';
import type { Log } from './log';
import type { RawBody } from './operation/raw-body';
import { PRIVILEGED_ROLES, type Role } from './roles';
import type { HeldUpload } from './upload';

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

/** A program with an API key. */
export interface KeyActor {
  kind: 'key';
  keyId: string;
  tenantId: string;
  scopes: readonly string[];
  /** As {@link UserActor.tenantRateLimit}. */
  tenantRateLimit?: number;
}

export type Actor =
  | UserActor
  | KeyActor
  | { kind: 'anonymous' }
  | { kind: 'system'; name: string }
  | { kind: 'master' }
  /** Whose signature was right; who exactly is the operation's to know. */
  | { kind: 'signed'; by: string };

/** The caller in one text: for the audit log, and for what is counted or kept for each caller. */
export function actorName(actor: Actor): string {
  switch (actor.kind) {
    case 'user':
      return actor.userId;
    case 'key':
      return `key:${actor.keyId}`;
    case 'system':
      return `system:${actor.name}`;
    case 'signed':
      return `signed:${actor.by}`;
    default:
      return actor.kind;
  }
}

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
  /** The body of an operation that takes it raw. */
  raw?: RawBody;
  /** Where a client that connects again to a stream of events had come to. */
  lastEventId?: string;
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
