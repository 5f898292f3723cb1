// MongoDB lane: how many round trips a fold takes there.
import { MongoClient } from 'mongodb';
import { MongoAnalyticsStore } from '../../cloud/analytics/analytics.store.mongo';
import { rebuildTenant } from '../../cloud/analytics/folding.service';
import { markDays } from '../../cloud/analytics/marking.service';
import { settingsOf } from '../../cloud/analytics/tenant.service';
import { database } from '../../core/database/database';
import { deleteFact, insertFacts, insertTenant } from './support/facts';
import { openStore } from './support/store';

let close: () => Promise<void>;
let counting: MongoClient;
beforeAll(async () => {
  let uri: string;
  ({ close, uri } = await openStore());
  counting = await new MongoClient(uri, { monitorCommands: true }).connect();
});
afterAll(async () => {
  await counting?.close();
  await close?.();
});

/** Commands of a fold of one day, on which so many people are active and start, and others leave. */
async function commandsOf(people: number): Promise<number> {
  const tenant = await insertTenant();
  const at = new Date('2021-03-05T12:00:00Z');
  const names = Array.from({ length: people }, (_, index) => `p${index}`);
  const base = { tenant, currency: 'USD', status: 'paid', total_minor: 1, purchased_at: at };
  const gone = await insertFacts(
    'Purchase',
    names.map((name) => ({ ...base, customer: `gone-${name}` })),
  );
  await rebuildTenant(tenant);
  for (const id of gone) await deleteFact('Purchase', id);
  await insertFacts(
    'Purchase',
    names.map((name) => ({ ...base, customer: name })),
  );
  await insertFacts(
    'Event',
    names.map((name) => ({ tenant, user: name, timestamp: at })),
  );
  await markDays(tenant, ['2021-03-05']);
  const opened = database();
  if (opened.kind !== 'mongo') throw new Error('This is the MongoDB lane.');
  let commands = 0;
  const count = (): void => void (commands += 1);
  counting.on('commandStarted', count);
  const store = new MongoAnalyticsStore(counting.db(opened.db.databaseName));
  await store.fold(await settingsOf(tenant), { mode: 'all', budgetMs: Infinity });
  counting.off('commandStarted', count);
  return commands;
}

it('does not grow with the people of a day', async () => {
  const few = await commandsOf(3);
  expect(await commandsOf(90)).toBeLessThanOrEqual(few);
  // Eight reads of facts, three of derived rows and their writes, starts, marks, lease, zone.
  expect(few).toBeLessThan(40);
});
