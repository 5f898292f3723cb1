// MongoDB lane: a fold is no transaction there, so each of its writes may be the last one.
import type { Db } from 'mongodb';
import { MongoAnalyticsStore } from '../../cloud/analytics/analytics.store.mongo';
import { foldNow, rebuildTenant } from '../../cloud/analytics/folding.service';
import { markDays } from '../../cloud/analytics/marking.service';
import { settingsOf } from '../../cloud/analytics/tenant.service';
import { database } from '../../core/database/database';
import { deleteFact, derivedRows, insertFacts, insertTenant, updateFact } from './support/facts';
import { openStore } from './support/store';

const WRITES = ['bulkWrite', 'insertMany', 'updateOne', 'deleteOne', 'deleteMany', 'findOneAndUpdate'];
const ALL = { mode: 'all', budgetMs: Infinity } as const;

let close: () => Promise<void>;
beforeAll(async () => {
  ({ close } = await openStore());
});
afterAll(() => close?.());

function mongo(): Db {
  const opened = database();
  if (opened.kind !== 'mongo') throw new Error('This is the MongoDB lane.');
  return opened.db;
}

/** The database as a process sees it that dies after some writes: then nothing reaches the server any more. */
function dyingAfter(writes: number): { db: Db; isDead: () => boolean } {
  let left = writes;
  const isDead = (): boolean => left < 0;
  const collection = (name: string) =>
    new Proxy(mongo().collection(name), {
      get(target, method: string) {
        const value: unknown = Reflect.get(target, method);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          if (WRITES.includes(method)) left -= 1;
          if (isDead()) throw new Error('killed');
          return (value as (...given: unknown[]) => unknown).apply(target, args);
        };
      },
    });
  return { db: { collection } as unknown as Db, isDead };
}

/** What a dead folder leaves behind ends after seconds; here at once. */
async function endLease(tenantId: string): Promise<void> {
  await mongo()
    .collection('app_lease')
    .deleteOne({ _id: `fold.${tenantId}` as never });
}

const noon = (day: string) => new Date(`${day}T12:00:00Z`);

async function insertTenantWithNews(): Promise<string> {
  const tenant = await insertTenant();
  const base = { tenant, currency: 'USD', status: 'paid', total_minor: 100 };
  const [gone, moved] = await insertFacts('Purchase', [
    { ...base, customer: 'early', purchased_at: noon('2021-03-01') },
    { ...base, customer: 'moved', purchased_at: noon('2021-03-02') },
    { ...base, customer: 'early', purchased_at: noon('2021-03-09') },
    { ...base, customer: 'stays', purchased_at: noon('2021-03-01') },
  ]);
  const subscription = {
    tenant,
    customer: 'stays',
    plan: 'pro',
    interval: 'month',
    currency: 'USD',
    amount_minor: 500,
  };
  await insertFacts('Subscription', [{ ...subscription, started_at: noon('2021-03-02') }]);
  await rebuildTenant(tenant);
  await markDays(tenant, ['2021-03-01', '2021-03-02', '2021-03-03', '2021-03-20'], { isSettled: true });
  await deleteFact('Purchase', gone!);
  await updateFact('Purchase', moved!, { purchased_at: noon('2021-03-20') });
  await insertFacts('Purchase', [{ ...base, customer: 'new', purchased_at: noon('2021-03-03') }]);
  return tenant;
}

/** Every number of writes up to that of a whole run. */
async function diesAtEachWrite(run: (store: MongoAnalyticsStore, tenantId: string) => Promise<unknown>): Promise<void> {
  for (let writes = 0; ; writes += 1) {
    const tenantId = await insertTenantWithNews();
    const { db, isDead } = dyingAfter(writes);
    await run(new MongoAnalyticsStore(db), tenantId).catch((error: Error) => {
      if (error.message !== 'killed') throw error;
    });
    await endLease(tenantId);
    await foldNow(tenantId);
    const folded = await derivedRows(tenantId);
    await rebuildTenant(tenantId);
    expect({ writes, rows: folded }).toEqual({ writes, rows: await derivedRows(tenantId) });
    if (!isDead()) {
      expect(writes).toBeGreaterThan(5);
      return;
    }
  }
}

it('a fold that dies at any of its writes is made good by the next one', () =>
  diesAtEachWrite(async (store, tenantId) => store.fold(await settingsOf(tenantId), ALL)));

it('a rebuild that dies at any of its writes is made good by the next fold', () =>
  diesAtEachWrite(async (store, tenantId) => store.rebuild(await settingsOf(tenantId))));

it('a change of zone that dies at any of its writes is made good by the next fold', () =>
  diesAtEachWrite(async (store, tenantId) => {
    await updateFact('Tenant', tenantId, { settings: { time_zone: 'Pacific/Kiritimati' } });
    return store.fold({ ...(await settingsOf(tenantId)), timeZone: 'Pacific/Kiritimati' }, ALL);
  }));
