import { auditClass } from './audit';
import type { Feature } from './feature';
import { idempotencyTable, trimIdempotency } from './idempotency';
import { sendMailJob } from './mail/mail.job';
import { caughtMailTable, mailTable } from './mail/mail.tables';
import { keepMailsGoing } from './mail/mail.sweep';
import type { TableDefinition } from './schema/table-definition';
import { startSweeper } from './sweeper';

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
  tables: [metaTable, idempotencyTable, mailTable, caughtMailTable],
  jobs: [sendMailJob],
  start: async (role) => {
    if (role !== 'worker') return () => Promise.resolve();
    const stopTrim = startSweeper({ name: 'idempotency.trim', firstMs: 1000, everyMs: TRIM_MS, run: trimIdempotency });
    const stopMail = keepMailsGoing();
    return async () => {
      await Promise.all([stopTrim(), stopMail()]);
    };
  },
};
