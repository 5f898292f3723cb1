import { auditClass } from './audit';
import { dueTick, tidyDueRows } from './due/tick';
import { eventChores, eventSweep } from './events/event.loops';
import { eventTable } from './events/event.tables';
import type { Feature } from './feature';
import { idempotencyTable, trimIdempotency } from './idempotency';
import { sendMailJob, smtpLimit } from './mail/mail.job';
import { caughtMailTable, mailTable } from './mail/mail.tables';
import { mailLoop } from './mail/mail.sweep';
import { providerLimitTable } from './queue/provider-limits';
import type { TableDefinition } from './schema/table-definition';

/** PostgreSQL: until then an expired X-Parse-Request-Id still refuses its repeat. */
const TRIM_MS = 60_000;

/** One row a key: which schema the database has. */
const metaTable: TableDefinition = {
  name: 'meta',
  postgres: ['create table if not exists app.meta (key text primary key, value text not null)'],
  mongo: [],
};

/** What the frame itself stores, as a feature like any other. */
export const frameFeature: Feature = {
  name: 'frame',
  classes: [auditClass, { className: 'SelfTest', fields: { note: { type: 'String' } }, access: 'priv', tenant: false }],
  tables: [metaTable, idempotencyTable, mailTable, caughtMailTable, providerLimitTable, eventTable],
  // Chores of all features: short, patient and never many.
  queues: [
    { name: 'email', share: 20 },
    { name: 'cleanup', share: 4 },
    { name: 'events', share: 10 },
  ],
  limits: [smtpLimit],
  jobs: [sendMailJob],
  loops: [
    { name: 'idempotency.trim', role: 'worker', firstMs: 1000, everyMs: TRIM_MS, run: trimIdempotency },
    mailLoop,
    dueTick,
    tidyDueRows,
    eventSweep,
    eventChores,
  ],
};
