import { isAccountThere } from '../../core/auth/presence';
import { roleStore } from '../../core/auth/role.store';
import { dropParseSessions } from '../../core/auth/parse-cache';
import {
  endSessions,
  endUserSessions,
  forgetSession,
  forgetTenantPeople,
  dropCachedUser,
  type Credentials,
} from '../../core/auth/session';
import { sessionStore } from '../../core/auth/session.store';
import type { SignOut } from '../../core/listeners';
import { verifyAccessToken } from '../../core/auth/tokens';
import { PRIVILEGED_ROLES } from '../../core/roles';
import { AppError } from '../../core/errors';
import type { EndedSessions } from '../../core/parse/session-ends';
import { refreshStore } from './refresh.store';
import type { FamiliesBy } from './refresh.store.types';

/**
 * Revokes families of refresh tokens and ends their sessions. Goes over them until a pass finds
 * nothing: a refresh under way may add a row after the first pass, but never one whose parent was
 * revoked before it looked again (see refresh.service).
 */
export async function endFamilies(families: readonly string[], now: Date, exceptSessionId?: string): Promise<void> {
  if (!families.length) return;
  const store = refreshStore();
  while ((await store.revoke(families, now)) > 0);
  const sessionIds = (await store.sessionIdsOf(families)).filter((id) => id !== exceptSessionId);
  await endSessions(await sessionStore().withIds(sessionIds));
}

/** Ends one session and the family it belongs to. */
export async function endSession(sessionId: string, now: Date): Promise<void> {
  await endFamilies(await refreshStore().familiesOf({ sessionIds: [sessionId] }), now);
  await endSessions(await sessionStore().withIds([sessionId]));
}

/** What hangs on sessions that Parse has taken away: their families, and whoever has read them before. */
export async function followEnd(ended: EndedSessions, now: Date): Promise<void> {
  const { sessions, sessionId, sessionToken, userId } = ended;
  const sessionIds = [...sessions.map((session) => session.sessionId), ...(sessionId ? [sessionId] : [])];
  if (sessionIds.length) await endFamilies(await refreshStore().familiesOf({ sessionIds }), now);
  if (sessionToken) await endFamilies(await refreshStore().familiesOf({ sessionToken }), now);
  if (userId) await endFamilies(await refreshStore().familiesOf({ userId }), now);
  for (const id of sessionIds) forgetSession(id);
  await dropParseSessions(sessions.map(({ sessionToken }) => sessionToken));
}

/**
 * Somebody signs out beside a refresh, or after it: whichever comes later, what the refresh makes of the session does
 * not outlive it. The session itself stays, for its door to end it.
 */
export async function endRefreshed({ credentials, ended, sessionId, now }: SignOut): Promise<void> {
  if (sessionId === undefined) await endReplaced(credentials, ended, now);
  else await endSuccessors(sessionId, ended, now);
}

async function endSuccessors(sessionId: string, ended: readonly string[], now: Date): Promise<void> {
  if (!ended.some((id) => id === '' || id === sessionId.toLowerCase())) return;
  await endFamilies(await refreshStore().familiesOf({ sessionIds: [sessionId] }), now, sessionId);
}

/** For credentials of a session that a refresh has ended already. */
async function endReplaced(credentials: Credentials, ended: readonly string[], now: Date): Promise<void> {
  const by = familiesBehind(credentials, now);
  const families = by ? await refreshStore().familiesOf(by) : [];
  const ids = await refreshStore().sessionIdsOf(families);
  const isMeant = ended.some((id) => id === '' || ids.some((known) => known.toLowerCase() === id));
  if (isMeant) await endFamilies(families, now);
}

function familiesBehind({ bearer, sessionToken }: Credentials, now: Date): FamiliesBy | undefined {
  if (bearer === undefined) return sessionToken === undefined ? undefined : { sessionToken };
  try {
    return { sessionIds: [verifyAccessToken(bearer, now).sessionId] };
  } catch {
    return undefined;
  }
}

/** Ends everything a person is signed in with, but the session named and its family. */
export async function endAccess(userId: string, now: Date, exceptSessionId?: string): Promise<void> {
  const store = refreshStore();
  const kept = exceptSessionId ? await store.familiesOf({ sessionIds: [exceptSessionId] }) : [];
  const families = await store.familiesOf({ userId });
  await endFamilies(
    families.filter((family) => !kept.includes(family)),
    now,
  );
  await endUserSessions(userId, exceptSessionId);
  dropCachedUser(userId);
}

/**
 * For who has just written what signs a person in: of an account that was erased meanwhile nothing stays.
 * @throws AppError UNAUTHORIZED
 */
export async function assertStillThere(userId: string, now: Date): Promise<void> {
  if (await isAccountThere(userId)) return;
  await endAccess(userId, now);
  await refreshStore().removeOf(userId);
  throw new AppError('UNAUTHORIZED', 'The account is gone.');
}

/** Ends what the people of a tenant are signed in with; platform administrators stay signed in. */
export async function endTenantAccess(tenantId: string, now: Date): Promise<void> {
  const administrators = await Promise.all(PRIVILEGED_ROLES.map((role) => roleStore().membersOf(role)));
  const sessions = await sessionStore().ofTenant(tenantId, administrators.flat());
  await endFamilies(await refreshStore().familiesOf({ sessionIds: sessions.map(({ sessionId }) => sessionId) }), now);
  await endSessions(sessions);
  forgetTenantPeople(tenantId);
}
