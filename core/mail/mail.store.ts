import { Table } from '../database/kit/table';
import { jsonText, lt, not } from '../database/kit/where';
import type { MailFacts } from './composer';

/** `failed`: a dead letter, which keeps its facts so that it can be sent again. */
export type MailState = 'queued' | 'sent' | 'dropped' | 'failed';

export interface MailRow {
  id: string;
  kind: string;
  facts: MailFacts;
  state: MailState;
  createdAt: Date;
}

interface StoredMail {
  id: string;
  kind: string;
  facts: MailFacts;
  state: MailState;
  created_at: Date;
  settled_at: Date | null;
}

const mails = new Table<StoredMail>({
  table: 'mail',
  key: ['id'],
  columns: {
    id: 'plain',
    kind: 'plain',
    facts: 'json',
    state: 'plain',
    created_at: 'plain',
    settled_at: 'plain',
  },
});

const caughtMails = new Table<{ id: string; recipient: string }>({
  table: 'caught_mail',
  key: ['id'],
  columns: { id: 'plain', recipient: 'plain' },
});

/** Does nothing when the id is there already. */
export async function insertMail({ id, kind, facts }: { id: string; kind: string; facts: MailFacts }): Promise<void> {
  await mails.insert({ id, kind, facts, state: 'queued', created_at: new Date() });
}

export async function findMail(id: string): Promise<MailRow | undefined> {
  const row = await mails.find({ id });
  return row && { id, kind: row.kind, facts: row.facts, state: row.state, createdAt: row.created_at };
}

/** Ends it; what it was about is forgotten, but for a failed one. */
export async function settleMail(id: string, state: Exclude<MailState, 'queued'>): Promise<void> {
  await mails.update({ id }, { state, settled_at: new Date(), ...(state === 'failed' ? {} : { facts: {} }) });
}

/** Mails that should have been sent by `before`. */
export async function openMails(before: Date, limit: number): Promise<string[]> {
  const open = { state: 'queued', created_at: lt(before) } as const;
  return (await mails.list(open, { order: [['created_at', 'asc']], limit })).map(({ id }) => id);
}

export async function removeSettled(before: { done: Date; failed: Date }): Promise<void> {
  await mails.remove([
    { state: not<MailState>('failed'), settled_at: lt(before.done) },
    { state: 'failed', settled_at: lt(before.failed) },
  ]);
}

/** For an erasure: nothing more goes to the address, and no row names it. */
export async function forgetMailsTo(address: string): Promise<void> {
  await mails.remove({ facts: jsonText('to', address) });
  await caughtMails.remove({ recipient: address });
}
