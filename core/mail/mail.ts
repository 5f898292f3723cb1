import { randomUUID } from 'node:crypto';
import { log } from '../log';
import { enqueue } from '../queue';
import type { MailFacts } from './composer';
import { sendMailJob } from './mail.job';
import { insertMail } from './mail.store';
import { assertMailWorks, checkMail, type Mail } from './rules';

export type { Mail } from './rules';
export { assertMailWorks } from './rules';

/**
 * Accepts a mail: when this returns it is in the database and will be sent, with retries, by a worker;
 * if the server refuses it for good it becomes a dead letter. Its text is stored until then: a mail with
 * a secret in it is queued by its kind instead ({@link queueMail}).
 * @returns the mail's id
 * @throws AppError VALIDATION_ERROR; INTEGRATION_NOT_CONFIGURED in production without SMTP_HOST
 */
export async function sendMail(mail: Mail): Promise<string> {
  checkMail(mail);
  const { to, subject, text, html, from } = mail;
  const facts: Record<string, string> = { to, subject, text, ...(html ? { html } : {}), ...(from ? { from } : {}) };
  return queueMail(PLAIN, facts);
}

/** Accepts a mail that the composer of its kind writes when it is sent. @throws as {@link sendMail} */
export async function queueMail(kind: string, facts: MailFacts, options: { id?: string } = {}): Promise<string> {
  assertMailWorks();
  const id = options.id ?? randomUUID();
  await insertMail({ id, kind, facts });
  await hintMail(id);
  return id;
}

/** Tells the worker; the sweeper does where this fails. */
export async function hintMail(id: string): Promise<void> {
  await enqueue(sendMailJob, { mail_id: id }).catch((error: unknown) => {
    log().warn({ err: error }, 'A mail waits for the sweeper: the queue did not take it.');
  });
}

/** Kind of the mails whose text is in the outbox. */
const PLAIN = 'plain';
