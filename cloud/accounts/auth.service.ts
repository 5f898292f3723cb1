import { randomBytes } from 'node:crypto';
import type { z } from 'zod';
import { sessionStore } from '../../core/auth/session.store';
import { refreshTokenHash } from '../../core/auth/tokens';
import { config } from '../../core/config';
import type { Ctx } from '../../core/context';
import { AppError, toAppError } from '../../core/errors';
import { newObjectId } from '../../core/ids';
import { chargeAccount, forgiveAccount } from '../../core/limits';
import { Reply } from '../../core/operation/operation';
import { endAccess, endFamilies, endSession } from './access.service';
import type { loginContract, logoutContract, registerContract } from './accounts.contract';
import type { UserOutput } from './accounts.fields';
import { normaliseEmail, normaliseUsername } from './accounts.rules';
import { insertUser, logIn } from './accounts.store';
import { spendFailureTime } from './credentials.store';
import { beginFamily, type TokenSet } from './refresh.service';
import { refreshStore } from './refresh.store';
import { presentUserById } from './user.presenter';

export type SignedIn = TokenSet & { user: UserOutput };

/** @throws AppError INVALID_CREDENTIALS, the same for every reason; FORBIDDEN for a suspended account; RATE_LIMITED */
export async function login(ctx: Ctx, input: z.output<typeof loginContract.input>): Promise<SignedIn> {
  const name = input.email === undefined ? (input.username ?? '').trim() : normaliseEmail(input.email);
  await chargeAccount(ctx.ip, name);
  const { userId, sessionToken } = await authenticate(name, input.password);
  await forgiveAccount(ctx.ip, name);
  const session = await sessionStore().find({ sessionToken });
  // Suspended between the two: the session is gone already.
  if (!session) throw invalidCredentials();
  const now = ctx.clock.now();
  // A session of /api lives as long as its access token and is refreshed; those of SDKs may live longer.
  await sessionStore().limit(session.sessionId, new Date(now.getTime() + config().accessTokenSeconds * 1000));
  return signedIn({ userId, sessionId: session.sessionId, sessionToken }, now);
}

/**
 * A plain account of the default tenant, signed in, unless its address has to be confirmed first.
 * @throws AppError CONFLICT, VALIDATION_ERROR
 */
export async function register(
  ctx: Ctx,
  input: z.output<typeof registerContract.input>,
): Promise<SignedIn | Reply<{ user: UserOutput }>> {
  const email = normaliseEmail(input.email);
  const username = normaliseUsername(input.username ?? email, email);
  const userId = await insertUser({ ...input, email, username });
  if (config().mail.preventsUnverifiedLogin) return new Reply(202, { user: await presentUserById(userId) });
  const now = ctx.clock.now();
  const session = {
    sessionId: newObjectId(),
    sessionToken: `r:${randomBytes(16).toString('hex')}`,
    userId,
    createdAt: now,
    expiresAt: new Date(now.getTime() + config().accessTokenSeconds * 1000),
    action: 'signup',
  } as const;
  await sessionStore().insert(session);
  return signedIn(session, now);
}

/** Ends this session (and that of the refresh token given), or all of the person's, on every door. */
export async function logout(ctx: Ctx, input: z.output<typeof logoutContract.input>): Promise<{ success: true }> {
  const { actor } = ctx;
  if (actor.kind !== 'user') throw new AppError('UNAUTHORIZED', 'There is no session to end.');
  const now = ctx.clock.now();
  if (input.all) {
    await endAccess(actor.userId, now);
    return { success: true };
  }
  if (input.refresh_token) {
    const row = await refreshStore().findByHash(refreshTokenHash(input.refresh_token));
    // Somebody else's token is neither ended nor told of.
    if (row?.userId === actor.userId) await endFamilies([row.family], now);
  }
  await endSession(actor.sessionId, now);
  return { success: true };
}

async function authenticate(name: string, password: string): Promise<{ userId: string; sessionToken: string }> {
  try {
    return await logIn(name, password);
  } catch (error) {
    const { code } = error as { code?: unknown };
    // The account or its tenant is suspended: the trigger says which.
    if (code === 119) throw toAppError(error);
    // The password was right: this may be told.
    if (code === 205)
      throw new AppError('FORBIDDEN', 'The email address is not confirmed yet; use the link in the mail.', {
        cause: error,
      });
    // 101: unknown, wrong or locked; 200, 201: blank. Which one is nobody's business.
    if (code !== 101 && code !== 200 && code !== 201) throw error;
    await spendFailureTime(name);
    throw invalidCredentials(error);
  }
}

async function signedIn(
  session: { userId: string; sessionId: string; sessionToken: string },
  now: Date,
): Promise<SignedIn> {
  return { ...(await beginFamily(session, now)), user: await presentUserById(session.userId) };
}

function invalidCredentials(cause?: unknown): AppError {
  return new AppError('INVALID_CREDENTIALS', 'The name or the password is wrong.', { cause });
}
