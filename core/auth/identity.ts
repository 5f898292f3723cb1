import type { UserActor } from '../context';

/** With what a session's facts may be old already (a second), within the five that another process may go unheard. */
const CARRIED_MS = 4000;

interface Identity {
  actor: UserActor;
  /** Before its resolution began: what was revoked earlier is in it. */
  since: number;
}

/** By what stays the same object through Parse Server: the headers of the request, a batch's for all of it. */
const identities = new WeakMap<object, Identity>();
/** What this process has revoked of late, and when; the oldest first. */
const revoked = new Map<string, number>();

/** Who sends the request, for all that is done for it. `since`: `performance.now()` before the caller was resolved. */
export function carryIdentity(headers: object, actor: UserActor, since: number): void {
  identities.set(headers, { actor, since });
}

/** Undefined where nobody was resolved, for other credentials, and once a part of it was revoked. */
export function carriedIdentity(headers: object, sessionToken: string): UserActor | undefined {
  const identity = identities.get(headers);
  if (!identity || identity.actor.sessionToken !== sessionToken) return undefined;
  const { actor, since } = identity;
  if (performance.now() - since > CARRIED_MS) return undefined;
  const names = [`session:${actor.sessionId}`, `user:${actor.userId}`, `tenant:${actor.tenantId}`];
  return names.some((name) => (revoked.get(name) ?? -1) >= since) ? undefined : actor;
}

/** A session, a person or a tenant is no longer what it was. */
export function noteRevoked(kind: 'session' | 'user' | 'tenant', id: string): void {
  const now = performance.now();
  const name = `${kind}:${id}`;
  revoked.delete(name);
  revoked.set(name, now);
  // Older than any identity that is still carried.
  for (const [known, at] of revoked) {
    if (now - at <= CARRIED_MS) break;
    revoked.delete(known);
  }
}
