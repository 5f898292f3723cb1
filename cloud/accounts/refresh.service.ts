import { randomUUID } from 'node:crypto';
import { endSessions } from '../../core/auth/session';
import { sessionStore } from '../../core/auth/session.store';
import { barrierOf } from '../../core/auth/standing';
import {
  newRefreshToken,
  refreshTokenHash,
  signAccessToken,
  successorOf,
  type Successor,
} from '../../core/auth/tokens';
import { config } from '../../core/config';
import type { Ctx } from '../../core/context';
import { AppError } from '../../core/errors';
import { newObjectId } from '../../core/ids';
import { chargeFamily, chargeIp } from '../../core/limits';
import { assertStillThere, endFamilies } from './access.service';
import { refreshStore } from './refresh.store';
import type { RefreshRow } from './refresh.store.types';

/** How long a spent token may be shown again by a client that lost the answer, milliseconds. */
const GRACE_MS = 10_000;

export interface TokenSet {
  access_token: string;
  refresh_token: string;
  token_type: 'Bearer';
  expires_in: number;
  session_token: string;
}

/** The first tokens of a family, for a session that was just made. */
export async function beginFamily(
  session: { sessionId: string; sessionToken: string; userId: string },
  now: Date,
): Promise<TokenSet> {
  const refreshToken = newRefreshToken();
  await refreshStore().insert({
    id: newObjectId(),
    userId: session.userId,
    family: randomUUID(),
    tokenHash: refreshTokenHash(refreshToken),
    sessionId: session.sessionId,
    sessionToken: session.sessionToken,
    createdAt: now,
    expiresAt: new Date(now.getTime() + config().refreshTokenSeconds * 1000),
  });
  await assertStillThere(session.userId, now);
  return tokenSet({ ...session, refreshToken, issuedAt: now });
}

/**
 * Spends a refresh token and gives its successor. Whoever comes with the same token within the
 * grace time, in parallel or after a lost answer, gets the same successor; a later replay, or one
 * of a token whose successor was used already, is theft: the family ends with all its sessions.
 * @throws AppError UNAUTHORIZED
 */
export async function rotate(ctx: Ctx, refreshToken: string): Promise<TokenSet> {
  const store = refreshStore();
  const hash = refreshTokenHash(refreshToken);
  const now = ctx.clock.now();
  const known = await store.findByHash(hash);
  if (!known) {
    await chargeIp(ctx.ip);
    throw invalidToken();
  }
  await chargeFamily(known.family);
  const spent = await spend(ctx, hash, known);
  const successor = successorOf(refreshToken);
  const follower = spent.isReplay ? await store.findByHash(refreshTokenHash(successor.refreshToken)) : undefined;
  if (follower?.usedAt) await refuseReplay(ctx, spent.row);
  if (!follower) await writeSuccessor(spent.row, successor, spent.usedAt);
  // Whoever revoked the family while the rows were written may have missed them: look again.
  if ((await store.findByHash(hash))?.revokedAt) {
    await endFamilies([spent.row.family], now);
    throw invalidToken();
  }
  await assertStillThere(spent.row.userId, now);
  // Every racer does this, because the first may have died on the way here.
  await endSessions(await sessionStore().withIds([spent.row.sessionId]));
  return tokenSet({
    userId: spent.row.userId,
    sessionId: successor.sessionId,
    sessionToken: successor.sessionToken,
    refreshToken: successor.refreshToken,
    tokenId: successor.tokenId,
    issuedAt: spent.usedAt,
  });
}

interface Spent {
  row: RefreshRow;
  usedAt: Date;
  isReplay: boolean;
}

/** Of many racers exactly one spends the token; the others are replays, forgiven within the grace time. */
async function spend(ctx: Ctx, tokenHash: string, known: RefreshRow): Promise<Spent> {
  const now = ctx.clock.now();
  if (known.revokedAt || known.expiresAt <= now) throw invalidToken();
  if (!known.usedAt) {
    await assertUsable(known, tokenHash, now);
    const row = await refreshStore().consume(tokenHash, now);
    if (row?.usedAt) return { row, usedAt: row.usedAt, isReplay: false };
  }
  const row = await refreshStore().findByHash(tokenHash);
  if (!row?.usedAt || row.revokedAt) throw invalidToken();
  if (now.getTime() - row.usedAt.getTime() > GRACE_MS) await refuseReplay(ctx, row);
  return { row, usedAt: row.usedAt, isReplay: true };
}

/**
 * A session that is gone (signed out on any door, password changed) takes its refresh token with
 * it; so does an account that may not work.
 */
async function assertUsable(row: RefreshRow, tokenHash: string, now: Date): Promise<void> {
  const session = await sessionStore().find({ sessionId: row.sessionId });
  if (session && !barrierOf(session)) return;
  // A racer that spent the token first has also ended its session; that is no sign-out.
  if (!session && (await refreshStore().findByHash(tokenHash))?.usedAt) return;
  await endFamilies([row.family], now);
  throw invalidToken();
}

async function refuseReplay(ctx: Ctx, row: RefreshRow): Promise<never> {
  await endFamilies([row.family], ctx.clock.now());
  ctx.log.warn({ user_id: row.userId, family: row.family }, 'A spent refresh token came again; its family is revoked.');
  throw invalidToken();
}

/** Session first: a row of the family is the sign that both are there. Every racer writes the same. */
async function writeSuccessor(row: RefreshRow, successor: Successor, createdAt: Date): Promise<void> {
  await sessionStore().insert({
    sessionId: successor.sessionId,
    sessionToken: successor.sessionToken,
    userId: row.userId,
    createdAt,
    expiresAt: new Date(createdAt.getTime() + config().accessTokenSeconds * 1000),
    action: 'refresh',
  });
  await refreshStore().insert({
    id: successor.refreshId,
    userId: row.userId,
    family: row.family,
    tokenHash: refreshTokenHash(successor.refreshToken),
    sessionId: successor.sessionId,
    sessionToken: successor.sessionToken,
    createdAt,
    expiresAt: new Date(createdAt.getTime() + config().refreshTokenSeconds * 1000),
  });
}

function tokenSet(input: {
  userId: string;
  sessionId: string;
  sessionToken: string;
  refreshToken: string;
  tokenId?: string;
  issuedAt: Date;
}): TokenSet {
  const { userId, sessionId, tokenId, issuedAt } = input;
  return {
    access_token: signAccessToken({ userId, sessionId, issuedAt, ...(tokenId ? { tokenId } : {}) }),
    refresh_token: input.refreshToken,
    token_type: 'Bearer',
    expires_in: config().accessTokenSeconds,
    session_token: input.sessionToken,
  };
}

function invalidToken(): AppError {
  return new AppError('UNAUTHORIZED', 'The refresh token is not valid; log in again.');
}
