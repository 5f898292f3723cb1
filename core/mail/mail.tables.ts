import type { TableDefinition } from '../schema/table-definition';

/** The outbox: what was accepted and what became of it. Facts are emptied when it is settled. */
export const mailTable: TableDefinition = {
  name: 'mail',
  postgres: [
    `create table if not exists app.mail (id text primary key, kind text not null, facts jsonb not null,
      state text not null, created_at timestamptz not null, settled_at timestamptz)`,
    `create index if not exists mail_open on app.mail (created_at) where state = 'queued'`,
    `create index if not exists mail_settled on app.mail (settled_at)`,
  ],
  mongo: [{ key: { state: 1, created_at: 1 } }, { key: { settled_at: 1 } }],
};

/** Mails of development and test, which leave the machine nowhere. */
export const caughtMailTable: TableDefinition = {
  name: 'caught_mail',
  postgres: [
    `create table if not exists app.caught_mail (n bigserial primary key, id text not null unique, recipient text not null,
      subject text not null, body text not null, html text, caught_at timestamptz not null)`,
  ],
  mongo: [{ key: { caught_at: -1 } }, { key: { recipient: 1 } }],
};
