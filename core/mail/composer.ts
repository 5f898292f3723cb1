import type { Ctx } from '../context';
import type { Mail } from './rules';

/** What a mail is about, as it waits in the outbox: names and ids, never a secret. */
export type MailFacts = Readonly<Record<string, string>>;

interface QueuedMail {
  facts: MailFacts;
  /** When it was accepted. */
  createdAt: Date;
}

/**
 * Writes a mail at the moment it is sent; undefined when there is nothing to send any more. Runs
 * again at each further try, and must then write the same. Throws to be asked again later.
 */
export type MailComposer = (ctx: Ctx, queued: QueuedMail) => Promise<Mail | undefined>;

const composers = new Map<string, MailComposer>();

/** Called once a process, before jobs run. @throws when two features claim a kind */
export function collectMails(features: readonly { mails?: Readonly<Record<string, MailComposer>> }[]): void {
  composers.clear();
  for (const { mails } of features) {
    for (const [kind, compose] of Object.entries(mails ?? {})) {
      if (composers.has(kind)) throw new Error(`Two features claim the mail "${kind}".`);
      composers.set(kind, compose);
    }
  }
}

export function composerOf(kind: string): MailComposer | undefined {
  return composers.get(kind);
}
