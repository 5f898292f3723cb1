import { createTransport, type SMTPTransportOptions, type Transporter } from 'nodemailer';
import { config, type Config } from '../config';
import { AppError } from '../errors';
import { GiveUpError } from '../queue/outcomes';
import { catchMail } from './catcher';
import { assertMailWorks, checkMail, mailboxOf, type Mail } from './rules';

const CONNECT_MS = 10_000;
const SILENCE_MS = 20_000;

let transport: Transporter | undefined;

/**
 * One try. The id makes the Message-ID, so that a mail that is sent twice, because a worker died between
 * the server's yes and ours, is known as one by whoever receives it.
 * @throws GiveUpError when the server refuses it for good; anything else may be tried again
 */
export async function deliver(id: string, mail: Mail): Promise<void> {
  assertMailWorks();
  checkMail(mail);
  const { smtp, from } = config().mail;
  if (!smtp) return catchMail(id, mail);
  const sender = mailboxOf(from);
  transport ??= createTransport(transportOptions(smtp));
  try {
    await transport.sendMail({
      from: mail.from ? mailboxOf(mail.from) : sender,
      to: { name: '', address: mail.to },
      // What the server is told, whatever the headers say: one recipient.
      envelope: { from: sender.address, to: [mail.to] },
      subject: mail.subject,
      text: mail.text,
      ...(mail.html ? { html: mail.html } : {}),
      messageId: `<${id}@${sender.address.split('@')[1]}>`,
      headers: { 'Auto-Submitted': 'auto-generated' },
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  } catch (error) {
    throw asFailure(error, mail.to);
  }
}

function transportOptions(smtp: NonNullable<Config['mail']['smtp']>): SMTPTransportOptions {
  const { host, port, user, pass, secure } = smtp;
  const { environment } = config();
  const isProduction = environment === 'production' || environment === 'staging';
  const isTls = secure === 'tls' || (secure === 'auto' && port === 465);
  return {
    host,
    port,
    secure: isTls,
    // A password does not go over the line in clear because somebody in between says that there is no TLS.
    requireTLS: secure === 'starttls' || (secure === 'auto' && !isTls && isProduction && user !== undefined),
    ignoreTLS: secure === 'off',
    ...(user === undefined ? {} : { auth: { user, pass: pass ?? '' } }),
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    dnsTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
  };
}

/** 5xx for a mail is final; for a login it is a fault of the settings that an operator mends. The recipient's address stays out. */
function asFailure(error: unknown, to: string): Error {
  const { responseCode, code, message } = error as { responseCode?: unknown; code?: unknown; message?: unknown };
  const said = String(message).replaceAll(to, '<recipient>').slice(0, 300);
  const isFinal = typeof responseCode === 'number' && responseCode >= 500 && code !== 'EAUTH';
  if (isFinal) return new GiveUpError(`The mail server refuses the mail: ${said}`);
  return new AppError('SERVICE_UNAVAILABLE', `The mail server did not take the mail (${String(code)}): ${said}`);
}
