import { analyticsStore } from '../../cloud/analytics/analytics.store';
import { analyticsOperations } from '../../cloud/analytics/analytics.operations';
import { FRESHNESS, foldAll, foldNow, foldTenant, foldWithinLimit } from '../../cloud/analytics/folding.service';
import { markDays } from '../../cloud/analytics/marking.service';
import { readPeople } from '../../cloud/analytics/people.service';
import { readRevenue } from '../../cloud/analytics/revenue.service';
import { settingsOf } from '../../cloud/analytics/tenant.service';
import { addDays } from '../../values/zone';
import { insertFacts, insertTenant, testContext, updateFact } from './support/facts';
import { openStore } from './support/store';

const LIVE_DAY = '2021-03-05';

let close: () => Promise<void>;
beforeAll(async () => {
  ({ close } = await openStore());
});
afterAll(() => close?.());
afterEach(() => jest.restoreAllMocks());

/** As a saved purchase does it: marked before and after. */
async function buy(tenantId: string, day = LIVE_DAY): Promise<void> {
  const purchased_at = new Date(`${day}T12:00:00Z`);
  await markDays(tenantId, [day]);
  await insertFacts('Purchase', [
    { tenant: tenantId, currency: 'USD', status: 'paid', total_minor: 700, purchased_at },
  ]);
  await markDays(tenantId, [day]);
}

/** As an import leaves them: a day each. */
async function markMany(tenantId: string, days: number): Promise<void> {
  await markDays(
    tenantId,
    Array.from({ length: days }, (_, index) => addDays('2015-01-01', index)),
    { isSettled: true },
  );
}

const revenueOn = async (tenantId: string, day = LIVE_DAY) =>
  (await readRevenue(testContext(tenantId), { start_date: day, end_date: day, period: 'day' })).total_revenue;

describe('a live change', () => {
  it('is folded before the days of a large import that were marked earlier', async () => {
    const tenantId = await insertTenant();
    await markMany(tenantId, 600);
    await buy(tenantId);
    await foldTenant(tenantId, 0);
    expect(await revenueOn(tenantId)).toBe(7);
    expect((await analyticsStore().markedDays(tenantId)).filter(({ isDue }) => isDue).length).toBeGreaterThan(500);
  });

  it('that comes during a large fold is in its next slice', async () => {
    const tenantId = await insertTenant();
    await markMany(tenantId, 2_000);
    const folding = foldNow(tenantId);
    await buy(tenantId);
    await folding;
    expect(await revenueOn(tenantId)).toBe(7);
    expect((await analyticsStore().markedDays(tenantId)).filter(({ isDue }) => isDue)).toEqual([]);
  });

  it('is folded a short rest after a fold that took long', async () => {
    const tenantId = await insertTenant();
    let now = performance.now();
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => (now += 30_000));
    await buy(tenantId, '2021-03-01');
    await foldAll();
    clock.mockImplementation(() => now + FRESHNESS.longestRestMs);
    await buy(tenantId);
    await foldAll();
    expect(await revenueOn(tenantId)).toBe(7);
  });

  it('shows within ten seconds: all waits together are shorter', () => {
    const { pollMs, passMs, longestRestMs } = FRESHNESS;
    const kept = Math.max(...analyticsOperations.map(({ contract }) => (contract.cacheSeconds ?? 0) * 1000));
    const jitter = 1.1;
    // The pass under way, the rest after it, the poll, the pass that folds the change, the answer that is kept.
    expect(passMs + longestRestMs + pollMs * jitter + passMs + kept).toBeLessThan(10_000);
  });
});

describe('folding', () => {
  it('sees a zone that another process has changed', async () => {
    const tenantId = await insertTenant({ time_zone: 'UTC' });
    await buy(tenantId);
    await foldTenant(tenantId);
    // This process knows the zone, and the other one does not tell it.
    await settingsOf(tenantId);
    await updateFact('Tenant', tenantId, { settings: { time_zone: 'Pacific/Kiritimati' } });
    await markDays(tenantId, ['2021-01-01'], { isSettled: true });
    await foldTenant(tenantId);
    expect([await revenueOn(tenantId), await revenueOn(tenantId, '2021-03-06')]).toEqual([0, 7]);
  });

  it('for many who want fresh answers at once is right for each of them', async () => {
    const tenantId = await insertTenant();
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const day = addDays('2021-03-01', index);
        await buy(tenantId, day);
        await foldWithinLimit(tenantId);
        return revenueOn(tenantId, day);
      }),
    );
    expect(answers).toEqual(Array<number>(20).fill(7));
  });

  it('of one tenant that fails leaves its marks and folds the others', async () => {
    const [gone, tenantId] = [await insertTenant(), await insertTenant()];
    await markDays(gone, [LIVE_DAY]);
    await markDays('nobody0000', [LIVE_DAY]);
    await buy(tenantId);
    await foldAll();
    expect(await revenueOn(tenantId)).toBe(7);
    expect(await analyticsStore().markedDays('nobody0000')).toEqual([{ day: LIVE_DAY, isDue: true }]);
    expect(await readPeople(testContext(gone), { population: 'users' })).toMatchObject({ total_users: 0 });
  });
});
