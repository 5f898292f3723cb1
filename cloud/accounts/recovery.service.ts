import { createHash } from 'node:crypto';
import type Parse from 'parse/node';
import { recordAudit } from '../../core/audit';
import { passwordFault } from '../../core/auth/password-text';
import type { Ctx } from '../../core/context';
import { AppError, toAppError } from '../../core/errors';
import { chargeMail, forgetTries } from '../../core/limits';
import { assertMailWorks, hintMail, queueMail } from '../../core/mail/mail';
import { insertMail } from '../../core/mail/mail.store';
import { isAddress } from '../../core/mail/rules';
import { updateUserWhere, type UserCondition } from '../../core/parse/account-mail';
import { endAccess } from './access.service';
import { assertPasswordFits, normaliseEmail } from './accounts.rules';
import { findUser } from './accounts.store';
import { liftLockout } from './credentials.store';
import { closeLink, ownerOfLink } from './recovery.store';
import { isTokenOf, nonceIn, type Purpose } from './recovery.tokens';
import { barrierOfUser } from './standing.service';

/** Kinds of the mails that recovery.mails writes. */
export const RESET_MAIL = 'accounts.passwordReset';
export const VERIFY_MAIL = 'accounts.emailVerification';

const DONE = { success: true } as const;
type Done = Promise<typeof DONE>;

/** The same work and answer for every address. @throws AppError RATE_LIMITED, INTEGRATION_NOT_CONFIGURED */
export function requestPasswordReset(ctx: Ctx, address: string): Done {
  return accept(ctx, RESET_MAIL, address, 'requestPasswordReset');
}

/** As {@link requestPasswordReset}. */
export function requestEmailVerification(ctx: Ctx, address: string): Done {
  return accept(ctx, VERIFY_MAIL, address, 'resendVerificationEmail');
}

/**
 * Whoever has the link has the mailbox: the password is set, everything else that opened the account is
 * shut, and the address is proven. Of many uses at once one succeeds.
 * @throws AppError INVALID_LINK, VALIDATION_ERROR for a password that does not fit (the link stays good)
 */
export async function confirmPasswordReset(ctx: Ctx, input: { token: string; password: string }): Done {
  const now = ctx.clock.now();
  const { user, nonce } = await openedBy('reset', input.token, now);
  const username = user.get('username') as string;
  assertAcceptable(input.password, username);
  // Before and after: a crash in between leaves the old password, but nobody signed in with it.
  await endAccess(user.id!, now);
  const isProven = user.get('email') !== undefined;
  await spend(
    { objectId: user.id!, _perishable_token: nonce },
    { password: input.password, ...(isProven ? { emailVerified: true } : {}) },
  );
  await endAccess(user.id!, now);
  await liftLockout(username);
  for (const name of new Set([username, addressOf(user)])) await forgetTries(ctx.ip, name);
  await recordAudit(ctx, 'confirmPasswordReset', { id: user.id }, 'ok');
  return DONE;
}

/** @throws AppError INVALID_LINK */
export async function confirmEmail(ctx: Ctx, token: string): Done {
  const { user, nonce } = await openedBy('verify', token, ctx.clock.now());
  const email = user.get('email') as string;
  // Of a row with triggers Parse stores no field that begins with _: the nonce is taken away by itself.
  await spend(
    { objectId: user.id!, _email_verify_token: nonce, email, emailVerified: { $ne: true } },
    { emailVerified: true },
  );
  await closeLink('verify', user.id!, nonce);
  await recordAudit(ctx, 'confirmEmail', { id: user.id }, 'ok');
  return DONE;
}

/** Whether a link opens anything, without using it. */
export async function isOpenLink(purpose: Purpose, token: string, now: Date): Promise<boolean> {
  return openedBy(purpose, token, now).then(
    () => true,
    (error: unknown) => {
      if (error instanceof AppError && error.code === 'INVALID_LINK') return false;
      throw error;
    },
  );
}

/** Written before the account's row, so that no crash between the two loses the mail. @throws AppError RATE_LIMITED */
export async function expectVerification(address: string, nonce: string): Promise<void> {
  await chargeMail('', address);
  await insertMail({ id: expectedId(nonce), kind: VERIFY_MAIL, facts: { to: address, after: 'save' } });
}

export async function startVerification(nonce: string): Promise<void> {
  await hintMail(expectedId(nonce));
}

/** Where the account's mails go. */
export function addressOf(user: Parse.Object): string {
  return (user.get('email') as string | undefined) ?? (user.get('username') as string);
}

async function accept(ctx: Ctx, kind: string, given: string, action: string): Done {
  assertMailWorks();
  const to = normaliseEmail(given);
  await chargeMail(ctx.ip, to);
  await recordAudit(ctx, action, undefined, 'ok');
  // What is no address is nobody's.
  if (isAddress(to)) await queueMail(kind, { to });
  return DONE;
}

async function openedBy(purpose: Purpose, token: string, now: Date): Promise<{ user: Parse.User; nonce: string }> {
  const nonce = nonceIn(token);
  const userId = nonce && (await ownerOfLink(purpose, nonce, now));
  const user = userId ? await findUser(userId) : undefined;
  if (!nonce || !user) throw invalidLink();
  if (!isTokenOf({ purpose, userId: user.id!, address: addressOf(user), nonce }, token)) throw invalidLink();
  if (await barrierOfUser(user)) throw invalidLink();
  return { user, nonce };
}

async function spend(where: UserCondition, values: object): Promise<void> {
  try {
    if (await updateUserWhere(where, values)) return;
  } catch (error) {
    throw toAppError(error);
  }
  throw invalidLink();
}

function assertAcceptable(password: string, username: string): void {
  const fault = passwordFault(password);
  if (fault) throw new AppError('VALIDATION_ERROR', `password: ${fault}.`);
  assertPasswordFits(password, username);
}

function invalidLink(): AppError {
  return new AppError('INVALID_LINK', 'The link is wrong, used or over; ask for a new one.');
}

const expectedId = (nonce: string): string => createHash('sha256').update(nonce).digest('hex').slice(0, 32);
