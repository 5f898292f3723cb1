import { config } from '../config';
import { AppError } from '../errors';

/** One mail to one recipient. */
export interface Mail {
  to: string;
  subject: string;
  text: string;
  html?: string | undefined;
  /** @defaultValue EMAIL_FROM, which stays the sender that bounces go to */
  from?: string | undefined;
}

const MAX_SUBJECT = 400;
const MAX_BODY = 500_000;
/** One address, nothing that a mail header could take for a second one, a name or a comment. */
const ADDRESS = /^[^\s@<>()[\]",;:\\\u0000-\u001f\u007f]{1,64}@[^\s@<>()[\]",;:\\\u0000-\u001f\u007f]{1,189}$/u;
const ONE_LINE = /^[^\u0000-\u001f\u007f\u0085\u2028\u2029]+$/u;

export interface Mailbox {
  name: string;
  address: string;
}

/** @throws AppError INTEGRATION_NOT_CONFIGURED where no mail can be sent */
export function assertMailWorks(): void {
  const { smtp, isCaught } = config().mail;
  if (smtp || isCaught) return;
  throw new AppError('INTEGRATION_NOT_CONFIGURED', 'This server cannot send mail: SMTP_HOST is not set.');
}

/**
 * Header injection and many recipients end here, whoever wrote the mail.
 * @throws AppError VALIDATION_ERROR
 */
export function checkMail({ to, from, subject, text, html }: Mail): void {
  if (!isAddress(to)) throw invalid('to: must be one address.');
  if (from !== undefined) mailboxOf(from);
  if (typeof subject !== 'string' || !ONE_LINE.test(subject) || subject.length > MAX_SUBJECT)
    throw invalid(`subject: must be one line of at most ${MAX_SUBJECT} characters.`);
  for (const [name, body] of Object.entries({ text, html })) {
    if (body === undefined && name === 'html') continue;
    if (typeof body !== 'string' || body.length > MAX_BODY || body.includes('\0'))
      throw invalid(`${name}: must be a text of at most ${MAX_BODY} characters.`);
  }
}

export function isAddress(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 254 && ADDRESS.test(value);
}

/** `Shop <noreply@example.com>` or a bare address. @throws AppError VALIDATION_ERROR */
export function mailboxOf(text: unknown): Mailbox {
  const [, name, address] = (typeof text === 'string' && /^(?:([^<>]*)<)?([^<>]+?)>?$/.exec(text.trim())) || [];
  const clean = (name ?? '').trim().replace(/^"(.*)"$/, '$1');
  if (!isAddress(address) || (clean && (!ONE_LINE.test(clean) || /["@,;]/.test(clean))))
    throw invalid('from: must be one address, with or without a name.');
  return { name: clean, address };
}

/** How mails and pages call this application: the name in EMAIL_FROM, else its address. */
export function applicationName(): string {
  const { mail, publicUrl } = config();
  return mailboxOf(mail.from).name || new URL(publicUrl).host;
}

function invalid(message: string): AppError {
  return new AppError('VALIDATION_ERROR', message);
}
