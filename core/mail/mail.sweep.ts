import type { Loop } from '../loop';
import { enqueueMany } from '../queue';
import { sendMailJob } from './mail.job';
import { openMails, removeSettled } from './mail.store';

const EVERY_MS = 20_000;
/** Longer than a hint takes. */
const OVERDUE_MS = 15_000;
const BATCH = 1000;
const DAY_MS = 86_400_000;
const KEEP_DONE_DAYS = 7;
const KEEP_FAILED_DAYS = 30;

/** The promise behind the hint: what is open is in the queue, whatever the queue has lost. */
export const mailLoop: Loop = { name: 'mail.sweep', role: 'worker', firstMs: 2000, everyMs: EVERY_MS, run: sweep };

async function sweep(): Promise<void> {
  const now = Date.now();
  // A mail that waits for its next try is in the queue already: its key makes this a no-op.
  const overdue = await openMails(new Date(now - OVERDUE_MS), BATCH);
  await enqueueMany(
    sendMailJob,
    overdue.map((id) => ({ mail_id: id })),
  );
  await removeSettled({
    done: new Date(now - KEEP_DONE_DAYS * DAY_MS),
    failed: new Date(now - KEEP_FAILED_DAYS * DAY_MS),
  });
}
