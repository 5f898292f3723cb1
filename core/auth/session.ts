import { LRUCache } from 'lru-cache';
import type { Actor, UserActor } from '../context';
import { platformRoles, PRIVILEGED_ROLES, TENANT_ROLES, type Role } from '../roles';
import { AppError } from '../errors';
import { noteRevoked } from './identity';
import { dropParseSessions } from './parse-cache';
import { sessionStore } from './session.store';
import type { SessionFacts, SessionKey } from './session.store.types';
import { barrierOf, suspended } from './standing';
import { verifyAccessToken } from './tokens';

export interface Credentials {
  /** The text behind `Authorization: Bearer`. */
  bearer?: string | undefined;
  /** A Parse session token. */
  sessionToken?: string | undefined;
}

/** How long a revocation made by another process may stay unseen. */
const FRESH_MS = 1000;
const SESSION_TOKEN_FORM = /^r:[0-9a-f]{32}$/;

interface CacheEntry {
  facts: SessionFacts;
  /** When the read began: what was revoked before is in it. */
  readAt: number;
}

const entries = new LRUCache<string, CacheEntry>({ max: 20_000 });
const reading = new Map<string, Promise<SessionFacts | undefined>>();
/** Counts revocations, so that a read which began before one is not kept after it. */
let revocations = 0;

/**
 * Who is asking. A JWT is only a name for its session: the session row decides, so that logout,
 * password change and suspension act everywhere at once.
 * @throws AppError UNAUTHORIZED for credentials that are not (or no longer) valid, FORBIDDEN for a
 * suspended account and for the people of a suspended tenant
 */
export async function resolveActor(credentials: Credentials, now: Date): Promise<Actor> {
  const { bearer, sessionToken } = credentials;
  if (bearer !== undefined) {
    const claims = verifyAccessToken(bearer, now);
    const facts = await factsOf({ sessionId: claims.sessionId });
    if (facts?.userId !== claims.userId) throw signedOut();
    return actorOf(facts, now);
  }
  if (sessionToken !== undefined) {
    // Junk must not cost a query.
    if (!SESSION_TOKEN_FORM.test(sessionToken)) throw signedOut();
    return actorOf(await factsOf({ sessionToken }), now);
  }
  return { kind: 'anonymous' };
}

/** Immediate effect in this process of a session's end or change. */
export function forgetSession(sessionId: string): void {
  revocations += 1;
  noteRevoked('session', sessionId);
  const token = entries.get(`id:${sessionId}`)?.facts.sessionToken;
  entries.delete(`id:${sessionId}`);
  if (token) entries.delete(`token:${token}`);
}

/** Immediate effect in this process of a change of a person's status, roles or tenant. */
export function dropCachedUser(userId: string): void {
  revocations += 1;
  noteRevoked('user', userId);
  for (const [key, { facts }] of entries.entries()) if (facts.userId === userId) entries.delete(key);
}

/** The same for everybody in a tenant, after a change of its status or limit. */
export function forgetTenantPeople(tenantId: string): void {
  revocations += 1;
  noteRevoked('tenant', tenantId);
  for (const [key, { facts }] of entries.entries()) if (facts.tenantId === tenantId) entries.delete(key);
}

/** Ends sessions on every door: the rows, our cache and Parse's. */
export async function endSessions(sessions: readonly SessionKey[]): Promise<void> {
  if (!sessions.length) return;
  await sessionStore().remove(sessions.map(({ sessionId }) => sessionId));
  for (const { sessionId, sessionToken } of sessions) {
    forgetSession(sessionId);
    entries.delete(`token:${sessionToken}`);
  }
  await dropParseSessions(sessions.map(({ sessionToken }) => sessionToken));
}

/** Ends all sessions of a person, but the one named. */
export async function endUserSessions(userId: string, exceptSessionId?: string): Promise<void> {
  const sessions = await sessionStore().ofUser(userId);
  await endSessions(sessions.filter(({ sessionId }) => sessionId !== exceptSessionId));
  dropCachedUser(userId);
}

async function factsOf(by: { sessionId: string } | { sessionToken: string }): Promise<SessionFacts | undefined> {
  const key = 'sessionId' in by ? `id:${by.sessionId}` : `token:${by.sessionToken}`;
  const known = entries.get(key);
  if (known && performance.now() - known.readAt < FRESH_MS) return known.facts;
  // A read under way may have begun before a revocation; those that join later must not get it.
  const joint = `${key}:${revocations}`;
  let pending = reading.get(joint);
  if (!pending) {
    pending = read(by).finally(() => reading.delete(joint));
    reading.set(joint, pending);
  }
  return pending;
}

async function read(by: { sessionId: string } | { sessionToken: string }): Promise<SessionFacts | undefined> {
  const readAt = performance.now();
  const before = revocations;
  const facts = await sessionStore().find(by);
  if (before === revocations && facts) {
    // Under both names, so that forgetting one forgets the other.
    entries.set(`id:${facts.sessionId}`, { facts, readAt });
    entries.set(`token:${facts.sessionToken}`, { facts, readAt });
  }
  return facts;
}

function actorOf(facts: SessionFacts | undefined, now: Date): UserActor {
  const barrier = facts && barrierOf(facts);
  if (!facts || barrier === 'deleted') throw signedOut();
  if (facts.expiresAt && facts.expiresAt <= now) throw signedOut();
  if (barrier) throw suspended(barrier);
  const roles = rolesOf(facts);
  const isLimited = facts.tenantRateLimit !== undefined && !PRIVILEGED_ROLES.some((role) => roles.includes(role));
  return {
    kind: 'user',
    userId: facts.userId,
    tenantId: facts.tenantId ?? '',
    roles,
    ...(isLimited ? { tenantRateLimit: facts.tenantRateLimit } : {}),
    sessionId: facts.sessionId,
    sessionToken: facts.sessionToken,
  };
}

/** In the order of platformRoles(). A super admin is an admin, as in the tree of Parse roles. */
function rolesOf(facts: SessionFacts): Role[] {
  const names = new Set(facts.roleNames);
  if (names.has('super_admin')) names.add('admin');
  const roles: Role[] = platformRoles().filter((role) => names.has(role));
  const tenantRole = TENANT_ROLES.find((role) => role === `tenant:${facts.tenantRole}`);
  return tenantRole ? [...roles, tenantRole] : roles;
}

function signedOut(): AppError {
  return new AppError('UNAUTHORIZED', 'The session is over; log in again.');
}
