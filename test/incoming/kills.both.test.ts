import { setTimeout as sleep } from 'node:timers/promises';
import { openLedger, type Ledger } from '../events/support/ledger';
import { startMortalApp, type MortalApp } from '../events/support/mortal-app';
import { isFullDepth, rounds } from '../harness/depth';
import { waitFor } from '../harness/app';
import { InsistentSender } from './support/insistent';

const KILLS = rounds(30, 6);
const WEBHOOKS = isFullDepth ? 2000 : 240;

test(`what was answered 202 is one row and one event, whatever is killed: ${WEBHOOKS} webhooks, ${KILLS} kills`, async () => {
  const app = await startMortalApp({});
  const ledger = await openLedger(app);
  try {
    const sender = await sendUnderKills(app);
    expect(sender.strange).toEqual([]);
    await settled(ledger);
    await compare(ledger, sender);
  } finally {
    await ledger.close();
    await app.stop();
  }
}, 900_000);

async function sendUnderKills(app: MortalApp): Promise<InsistentSender> {
  const sender = new InsistentSender(app.url);
  const each = Math.ceil(WEBHOOKS / KILLS);
  try {
    for (let kill = 0; kill < KILLS; kill += 1) {
      sender.raise(each);
      // Another moment of the sending, and of the processing, each time.
      await sleep(Math.random() * 250);
      await app.kill(app.victims[kill % app.victims.length]!);
      await waitFor(() => sender.isDone, { timeoutMs: 120_000 });
    }
  } finally {
    await sender.stop();
  }
  return sender;
}

async function settled(ledger: Ledger): Promise<void> {
  await ledger.endLeases('incoming');
  await waitFor(
    async () => {
      const rows = await ledger.rows('IncomingWebhook');
      const open = rows.filter(({ status }) => status !== 'processed');
      if (!open.length) return true;
      throw new Error(`${open.length} of ${rows.length} are no events yet: ${JSON.stringify(open.slice(0, 5))}`);
    },
    { timeoutMs: 180_000, everyMs: 250 },
  );
}

/** Rows, answers and events are the same webhooks, each once. */
async function compare(ledger: Ledger, { accepted }: InsistentSender): Promise<void> {
  expect(accepted.length).toBeGreaterThanOrEqual(WEBHOOKS);
  const told = accepted.map(({ rowId, type }) => `${rowId} ${type}`).sort();
  expect(new Set(told).size).toBe(told.length);
  const rows = await ledger.rows('IncomingWebhook');
  expect(rows.map(({ id }) => id).sort()).toEqual(accepted.map(({ rowId }) => rowId).sort());
  const events = (await ledger.events()).filter(({ type }) => type.startsWith('webhook.'));
  expect(events.map(({ subject, type }) => `${subject} ${type}`).sort()).toEqual(told);
}
