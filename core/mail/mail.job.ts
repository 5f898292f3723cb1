import { z } from 'zod';
import type { Ctx } from '../context';
import { AppError } from '../errors';
import { config } from '../config';
import { defineJob, type ProviderLimit } from '../job';
import { GiveUpError } from '../queue/outcomes';
import { composerOf } from './composer';
import { deliver } from './deliver';
import type { Mail } from './rules';
import { findMail, settleMail, type MailRow } from './mail.store';

/** Doubling pauses from a second: more than two hours, in which a mail server may be away. */
const ATTEMPTS = 14;

/** Mails are put off, never refused, when the server takes no more in this minute. */
export const smtpLimit: ProviderLimit = {
  provider: 'smtp',
  rate: () => {
    const { smtp } = config().mail;
    return smtp?.perMinute === undefined ? undefined : { max: smtp.perMinute, perMs: 60_000 };
  },
};

export const sendMailJob = defineJob({
  name: 'mail.send',
  queue: 'email',
  jobClass: 'normal',
  attempts: ATTEMPTS,
  timeoutMs: 60_000,
  provider: 'smtp',
  payload: z.strictObject({ mail_id: z.string().max(64) }),
  dedupKey: ({ mail_id: id }) => id,
  handler: async (ctx, { mail_id: id }) => {
    const row = await findMail(id);
    // Sent or dropped by an earlier run; a failed one comes back as a replayed dead letter.
    if (!row || row.state === 'sent' || row.state === 'dropped') return;
    const mail = await composed(ctx, row);
    if (mail) await deliver(id, mail);
    await settleMail(id, mail ? 'sent' : 'dropped');
  },
  onExhausted: (_ctx, { mail_id: id }) => settleMail(id, 'failed'),
});

async function composed(ctx: Ctx, { kind, facts, createdAt }: MailRow): Promise<Mail | undefined> {
  if (kind === 'plain') return facts as unknown as Mail;
  const compose = composerOf(kind);
  // During a rolling release another worker may know it.
  if (!compose) throw new AppError('INTERNAL_ERROR', `This release has no mail "${kind}".`);
  try {
    return await compose(ctx, { facts, createdAt });
  } catch (error) {
    if (error instanceof AppError && error.code === 'VALIDATION_ERROR')
      throw new GiveUpError('The mail cannot be written.', { cause: error });
    throw error;
  }
}
