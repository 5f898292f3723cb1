import { roleStore } from '../../core/auth/role.store';
import { endSessions, endUserSessions, forgetTenantPeople, forgetUser } from '../../core/auth/session';
import { sessionStore } from '../../core/auth/session.store';
import { PRIVILEGED_ROLES } from '../../core/context';
import { refreshStore } from './refresh.store';

/**
 * Revokes families of refresh tokens and ends their sessions. Goes over them until a pass finds
 * nothing: a refresh under way may add a row after the first pass, but never one whose parent was
 * revoked before it looked again (see refresh.service).
 */
export async function endFamilies(families: readonly string[], now: Date): Promise<void> {
  if (!families.length) return;
  const store = refreshStore();
  while ((await store.revoke(families, now)) > 0);
  await endSessions(await sessionStore().withIds(await store.sessionIdsOf(families)));
}

/** Ends one session and the family it belongs to. */
export async function endSession(sessionId: string, now: Date): Promise<void> {
  await endFamilies(await refreshStore().familiesOf({ sessionIds: [sessionId] }), now);
  await endSessions(await sessionStore().withIds([sessionId]));
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
  forgetUser(userId);
}

/** Ends what the people of a tenant are signed in with; platform administrators stay signed in. */
export async function endTenantAccess(tenantId: string, now: Date): Promise<void> {
  const administrators = await Promise.all(PRIVILEGED_ROLES.map((role) => roleStore().membersOf(role)));
  const sessions = await sessionStore().ofTenant(tenantId, administrators.flat());
  await endFamilies(await refreshStore().familiesOf({ sessionIds: sessions.map(({ sessionId }) => sessionId) }), now);
  await endSessions(sessions);
  forgetTenantPeople(tenantId);
}
