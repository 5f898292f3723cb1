import type Parse from 'parse/node';
import { config } from '../../core/config';
import { AppError } from '../../core/errors';
import type { MailComposer } from '../../core/mail/composer';
import { applicationName, type Mail } from '../../core/mail/rules';
import { askBeforePasswordReset } from '../../core/parse/account-mail';
import { addressOf, RESET_MAIL, VERIFY_MAIL } from './recovery.service';
import { findByAddress, openLink } from './recovery.store';
import { newNonce, tokenOf, type Purpose } from './recovery.tokens';
import { barrierOfUser } from './standing.service';

/** A save that is not there after so long has failed. */
const LONGEST_SAVE_MS = 10 * 60_000;

/** Only here it is looked up whether an address has an account. */
export const recoveryMails: Readonly<Record<string, MailComposer>> = {
  [RESET_MAIL]: async (ctx, { facts }) => {
    const user = await findByAddress(facts['to'] ?? '');
    if (!user || (await barrierOfUser(user))) return undefined;
    try {
      await askBeforePasswordReset(user);
    } catch (error) {
      ctx.log.warn({ err: error }, 'beforePasswordResetRequest refused a mail.');
      return undefined;
    }
    const link = await linkFor('reset', user, config().mail.resetSeconds);
    return link === undefined ? undefined : resetMail(addressOf(user), link);
  },
  [VERIFY_MAIL]: async (ctx, { facts, createdAt }) => {
    const user = await findByAddress(facts['to'] ?? '');
    const isYoung = ctx.clock.now().getTime() - createdAt.getTime() < LONGEST_SAVE_MS;
    if (facts['after'] === 'save' && isYoung && user?.get('email') !== facts['to'])
      throw new AppError('NOT_FOUND', 'The account is not saved yet.');
    // Without an address of its own there is nothing to confirm.
    if (!user?.get('email') || user.get('emailVerified') === true || (await barrierOfUser(user))) return undefined;
    const link = await linkFor('verify', user, config().mail.verifySeconds);
    return link === undefined ? undefined : verificationMail(addressOf(user), link);
  },
};

/** A link that lives at least half its time is mailed again, so that a second mail does not spoil the first. */
async function linkFor(purpose: Purpose, user: Parse.User, seconds: number): Promise<string | undefined> {
  const now = Date.now();
  const nonce = await openLink({
    purpose,
    userId: user.id!,
    nonce: newNonce(),
    expiresAt: new Date(now + seconds * 1000),
    reuseAfter: new Date(now + seconds * 500),
  });
  if (!nonce) return undefined;
  const token = tokenOf({ purpose, userId: user.id!, address: addressOf(user), nonce });
  const { resetUrl, verifyUrl } = config().mail;
  const { publicUrl } = config();
  const page =
    purpose === 'reset' ? (resetUrl ?? `${publicUrl}/account/password`) : (verifyUrl ?? `${publicUrl}/account/email`);
  return `${page}${page.includes('?') ? '&' : '?'}token=${token}`;
}

function resetMail(to: string, link: string): Mail {
  const { app, life } = words(config().mail.resetSeconds);
  return written(to, `A new password for ${app}`, [
    `somebody, hopefully you, asked for a new password for your account at ${app}.`,
    `Choose it here, within ${life}:`,
    link,
    'If it was not you, there is nothing to do: your password stays as it is.',
  ]);
}

function verificationMail(to: string, link: string): Mail {
  const { app, life } = words(config().mail.verifySeconds);
  return written(to, `Confirm your address for ${app}`, [
    `this address was given for an account at ${app}.`,
    `Confirm it here, within ${life}:`,
    link,
    'If it was not you, there is nothing to do.',
  ]);
}

function written(to: string, subject: string, [why, what, link, otherwise]: string[]): Mail {
  const [reason, call, url, note] = [why!, what!, link!, otherwise!];
  const [htmlReason, htmlCall, htmlUrl, htmlNote] = [reason, call, url, note].map(escaped);
  return {
    to,
    subject,
    text: `Hello,\n\n${reason}\n\n${call}\n\n${url}\n\n${note}\n`,
    html: `<p>Hello,</p><p>${htmlReason}</p><p>${htmlCall}</p><p><a href="${htmlUrl}">${htmlUrl}</a></p><p>${htmlNote}</p>`,
  };
}

function words(seconds: number): { app: string; life: string } {
  const count = seconds >= 7200 ? [Math.round(seconds / 3600), 'hours'] : [Math.round(seconds / 60), 'minutes'];
  return { app: applicationName(), life: count.join(' ') };
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
