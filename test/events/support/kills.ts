import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { settleIntentsNow } from './intents';
import { LANE, waitFor } from '../../harness/app';
import { isFullDepth, rounds } from '../../harness/depth';
import { Changes } from './changes';
import { openLedger, type Ledger } from './ledger';
import { startMortalApp, type MortalApp } from './mortal-app';

export const KILLS = rounds(36, 4);
export const CHANGES = isFullDepth ? 2000 : 200;
const CLASSES = ['Purchase', 'Subscription', '_User'] as const;

/** Changes through five doors while whatever can be killed is killed; afterwards events and effects are compared with the rows. */
export async function surviveKills(): Promise<void> {
  const app = await startMortalApp({ HOST_CLOUD_CODE: path.join(__dirname, '../fixtures/host-effects.cjs') });
  const ledger = await openLedger(app);
  const startedAt = Date.now();
  try {
    const { changes, killedAt } = await change(app);
    await settled(ledger, killedAt);
    const events = await compare(ledger, changes);
    if (isFullDepth) {
      const seconds = Math.round((Date.now() - startedAt) / 1000);
      const { acknowledged } = changes;
      process.stdout.write(`${LANE}: ${acknowledged} changes, ${events} events, ${KILLS} kills, ${seconds} s\n`);
    }
  } finally {
    await ledger.close();
    await app.stop();
  }
}

async function change(app: MortalApp): Promise<{ changes: Changes; killedAt: Date }> {
  let killedAt = new Date();
  const changes = new Changes(app);
  // Something is there before the first kill.
  changes.raise(20);
  await waitFor(() => changes.isDone, { timeoutMs: 60_000 });
  for (let kill = 0; kill < KILLS; kill += 1) {
    changes.raise(Math.ceil((CHANGES - 20) / KILLS));
    // Another moment of the changes each time.
    await sleep(Math.random() * 400);
    const { victims } = app;
    const isFirstTurn = kill < victims.length;
    await app.kill(isFirstTurn ? victims[kill]! : victims[Math.floor(Math.random() * victims.length)]!);
    killedAt = new Date();
    await waitFor(() => changes.isDone, { timeoutMs: 120_000 });
  }
  await changes.stop();
  return { changes, killedAt };
}

/** Until all that is stored has been recorded and handed on. */
async function settled(ledger: Ledger, killedAt: Date): Promise<void> {
  // What a living worker has taken since would be done once more.
  await ledger.endLeases(undefined, killedAt);
  // Intents that killed requests left: as if their two minutes were over.
  await settleIntentsNow('effects');
  await waitFor(
    async () => {
      for (const name of CLASSES) if (await ledger.carriers(name)) throw new Error(`${name} carries events.`);
      const events = await ledger.events();
      const open = events.filter(({ state }) => state !== 'dispatched').length;
      const effects = (await ledger.effects()).length;
      if (!open && effects >= events.length) return true;
      const rows = JSON.stringify(await ledger.open());
      throw new Error(`${open} of ${events.length} events are open, ${effects} have an effect. Due rows: ${rows}`);
    },
    { timeoutMs: 180_000, everyMs: 250 },
  );
}

async function compare(ledger: Ledger, { deletions, acknowledged }: Changes): Promise<number> {
  const events = await ledger.events();
  const expected = await expectedTypes(ledger, deletions);
  const found = new Map<string, string[]>();
  for (const { subject, type } of events) found.set(subject, [...(found.get(subject) ?? []), type]);
  const wrong = [...new Set([...expected.keys(), ...found.keys()])].flatMap((id) => {
    const [should, is] = [expected.get(id) ?? [], found.get(id) ?? []].map((types) => types.join());
    return should === is ? [] : [{ id, should, is }];
  });
  expect(wrong).toEqual([]);
  expect(acknowledged).toBeGreaterThanOrEqual(CHANGES);
  const effects = await ledger.effects();
  expect(effects.map(({ key }) => key).sort()).toEqual(events.map(({ id }) => `effects:${id}`).sort());
  // At least once, and a repetition only of what a killed worker held.
  expect(effects.filter(({ times }) => times === 1).length).toBeGreaterThan(effects.length / 2);
  return events.length;
}

/** By subject, from the rows alone: those are the truth, whatever their writers were told. */
async function expectedTypes(ledger: Ledger, deletions: readonly string[]): Promise<Map<string, string[]>> {
  const expected = new Map<string, string[]>();
  for (const { id, status } of await ledger.rows('Purchase')) if (status === 'paid') expected.set(id, ['purchase']);
  for (const { id, amount } of await ledger.rows('Subscription')) {
    const changed = Array.from({ length: amount! - 1 }, () => 'subscription_changed');
    expected.set(id, ['subscription_started', ...changed]);
  }
  const users = new Set((await ledger.rows('_User')).map(({ id }) => id));
  for (const id of users) expected.set(id, ['user_signup']);
  for (const id of deletions) if (!users.has(id)) expected.set(id, ['user_signup', 'user_deleted']);
  return expected;
}
