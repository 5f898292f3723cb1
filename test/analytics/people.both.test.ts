import { analyticsStore } from '../../cloud/analytics/analytics.store';
import { eraseCustomer } from '../../cloud/analytics/erasure.service';
import { eraseUserFigures, keepDeparted } from '../../cloud/analytics/forgetting.service';
import { auditFigures, foldNow, rebuildTenant } from '../../cloud/analytics/folding.service';
import { markDays } from '../../cloud/analytics/marking.service';
import { readPeople } from '../../cloud/analytics/people.service';
import { readRevenue } from '../../cloud/analytics/revenue.service';
import { recordUserSeen } from '../../cloud/analytics/usage.service';
import { newObjectId } from '../../core/ids';
import { deleteFact, insertFacts, insertTenant, readFact, testContext, updateFact } from './support/facts';
import { openStore } from './support/store';

const MARCH = { start_date: '2021-03-01', end_date: '2021-03-31' };
const revenueInput = { ...MARCH, period: 'month' as const };

let close: () => Promise<void>;
beforeAll(async () => {
  ({ close } = await openStore());
});
afterAll(() => close?.());

/** Tells the tenant's people of March, population customers unless said otherwise. */
const people = (tenantId: string, population: 'users' | 'customers' = 'customers', window = MARCH) =>
  readPeople(testContext(tenantId), { ...window, population });
const revenue = (tenantId: string, more: object = {}) =>
  readRevenue(testContext(tenantId), { ...revenueInput, ...more });

function purchase(tenantId: string, day: string, minor: number, more: object = {}) {
  const base = { tenant: tenantId, currency: 'USD', status: 'paid', total_minor: minor };
  return { ...base, purchased_at: day.length > 10 ? new Date(day) : new Date(`${day}T12:00:00Z`), ...more };
}

function subscription(tenantId: string, started: string, minor: number, more: object = {}) {
  const base = { tenant: tenantId, plan: 'pro', interval: 'month', currency: 'USD', status: 'active' };
  return { ...base, started_at: new Date(`${started}T12:00:00Z`), amount_minor: minor, ...more };
}

describe('corrections', () => {
  it('a deleted purchase leaves figures as if it had never been', async () => {
    const tenantId = await insertTenant();
    const customer = newObjectId();
    await insertFacts('Purchase', [purchase(tenantId, '2021-02-10', 100, { customer })]);
    const [later] = await insertFacts('Purchase', [purchase(tenantId, '2021-03-10', 900, { customer })]);
    await markDays(tenantId, ['2021-02-10', '2021-03-10']);
    await foldNow(tenantId);
    expect(await people(tenantId)).toMatchObject({ active_users: 1, new_users: 0, churned_users: 0 });
    await deleteFact('Purchase', later!);
    await markDays(tenantId, ['2021-03-10']);
    await foldNow(tenantId);
    expect(await people(tenantId)).toMatchObject({ total_users: 1, active_users: 0, churned_users: 1 });
    expect((await revenue(tenantId)).total_revenue).toBe(0);
  });

  it('an earlier purchase moves the start, and its going moves it back', async () => {
    const tenantId = await insertTenant();
    const customer = newObjectId();
    const [, early] = await insertFacts('Purchase', [
      purchase(tenantId, '2021-03-10', 100, { customer }),
      purchase(tenantId, '2021-01-10', 100, { customer }),
    ]);
    await markDays(tenantId, ['2021-03-10', '2021-01-10']);
    await foldNow(tenantId);
    expect((await people(tenantId)).new_users).toBe(0);
    await updateFact('Purchase', early!, { status: 'refunded' });
    await markDays(tenantId, ['2021-01-10']);
    await foldNow(tenantId);
    expect((await people(tenantId)).new_users).toBe(1);
  });

  it('counts what commits after the first fold of its mark', async () => {
    const tenantId = await insertTenant();
    await markDays(tenantId, ['2021-03-05']);
    await foldNow(tenantId);
    await insertFacts('Purchase', [purchase(tenantId, '2021-03-05', 700)]);
    await foldNow(tenantId);
    expect((await revenue(tenantId)).total_revenue).toBe(7);
    expect(await analyticsStore().markedDays(tenantId)).toEqual([{ day: '2021-03-05', isDue: false }]);
  });

  it('forgets a settled mark with its first fold', async () => {
    const tenantId = await insertTenant();
    await markDays(tenantId, ['2021-03-05'], { isSettled: true });
    await foldNow(tenantId);
    expect(await analyticsStore().markedDays(tenantId)).toEqual([]);
  });

  it('loses nothing when many mark and fold at once', async () => {
    const tenantId = await insertTenant();
    await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const day = `2021-03-${String(1 + (index % 4)).padStart(2, '0')}`;
        await markDays(tenantId, [day]);
        await insertFacts('Purchase', [purchase(tenantId, day, 100, { customer: newObjectId() })]);
        await markDays(tenantId, [day]);
        await foldNow(tenantId);
      }),
    );
    expect((await revenue(tenantId)).total_revenue).toBe(12);
    expect((await people(tenantId)).active_users).toBe(12);
  });

  it('a day that is counted wrongly is found by the audit and mended', async () => {
    const tenantId = await insertTenant();
    await insertFacts('Purchase', [purchase(tenantId, '2021-03-05', 700)]);
    await markDays(tenantId, ['2021-03-05'], { isSettled: true });
    await foldNow(tenantId);
    await insertFacts('Purchase', [purchase(tenantId, '2021-03-05', 1)]);
    expect(await auditFigures()).toEqual([tenantId]);
    expect((await revenue(tenantId)).total_revenue).toBe(7.01);
    expect(await auditFigures()).toEqual([]);
  });
});

describe('people', () => {
  it('start at the earliest of a given date, a purchase and a subscription', async () => {
    const tenantId = await insertTenant();
    const [given, subscribed] = [newObjectId(), newObjectId()];
    const registered_at = new Date('2021-01-05T00:00:00Z');
    await insertFacts('Customer', [{ objectId: given, tenant: tenantId, registered_at }]);
    await insertFacts('Purchase', [
      purchase(tenantId, '2021-03-10', 100, { customer: given }),
      purchase(tenantId, '2021-03-10', 100, { customer: subscribed }),
      purchase(tenantId, '2021-03-11', 100, { customer: null }),
      purchase(tenantId, '2021-03-12', -100, { customer: newObjectId() }),
    ]);
    await insertFacts('Subscription', [subscription(tenantId, '2021-02-05', 0, { customer: subscribed })]);
    await rebuildTenant(tenantId);
    expect(await people(tenantId)).toEqual({ total_users: 3, active_users: 2, new_users: 1, churned_users: 0 });
  });

  it('of a deleted row keep their start', async () => {
    const tenantId = await insertTenant();
    const registered_at = new Date('2021-01-05T00:00:00Z');
    const [id] = await insertFacts('Customer', [{ tenant: tenantId, registered_at }]);
    await keepDeparted(tenantId, 'customers', id!, registered_at);
    await deleteFact('Customer', id!);
    await rebuildTenant(tenantId);
    expect((await people(tenantId)).total_users).toBe(1);
  });

  it('that are erased leave the counts; their money stays', async () => {
    const tenantId = await insertTenant();
    const [id] = await insertFacts('Customer', [
      { tenant: tenantId, external_id: 'C-1', name: 'Ada', unique_key: `${tenantId}:C-1` },
    ]);
    const [bought] = await insertFacts('Purchase', [purchase(tenantId, '2021-03-10', 500, { customer: id })]);
    await insertFacts('Subscription', [subscription(tenantId, '2021-03-01', 1000, { customer: id })]);
    const properties = { email: 'ada@example.com', page: 'Ada’s page' };
    const [event] = await insertFacts('Event', [
      { tenant: tenantId, customer: id, properties, timestamp: new Date('2021-03-09T00:00:00Z') },
    ]);
    await rebuildTenant(tenantId);
    expect((await people(tenantId)).total_users).toBe(1);
    const erased = await eraseCustomer(testContext(tenantId), { customer_id: 'C-1' });
    expect(erased).toEqual({ id, status: 'erased', purchases: 1, subscriptions: 1, events: 1 });
    expect(await people(tenantId)).toEqual({ total_users: 0, active_users: 0, new_users: 0, churned_users: 0 });
    expect(await revenue(tenantId)).toMatchObject({ total_revenue: 5, mrr: 10 });
    expect(JSON.stringify(await readFact('Customer', id!))).not.toMatch(/Ada|C-1/);
    expect(JSON.stringify(await readFact('Purchase', bought!))).not.toContain(id);
    expect(JSON.stringify(await readFact('Event', event!))).not.toMatch(/ada|Ada/);
    const again = await eraseCustomer(testContext(tenantId), { customer_id: id! });
    expect(again).toEqual({ id, status: 'erased', purchases: 0, subscriptions: 0, events: 0 });
    const other = await insertTenant();
    await expect(eraseCustomer(testContext(other), { customer_id: id! })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('of population users start with creation and are active by request and event', async () => {
    const tenantId = await insertTenant();
    const createdAt = new Date('2021-02-10T10:00:00Z');
    const [ann, bob, cid] = await insertFacts('_User', [
      { tenant: tenantId, createdAt },
      { tenant: tenantId, createdAt },
      { tenant: tenantId, createdAt: new Date('2021-03-10T10:00:00Z') },
    ]);
    await insertFacts('Event', [
      { tenant: tenantId, user: ann, timestamp: new Date('2021-02-20T00:00:00Z') },
      { tenant: tenantId, user: cid, timestamp: new Date('2021-03-20T00:00:00Z') },
    ]);
    recordUserSeen(testContext(tenantId, '2021-03-31T23:59:59Z'), tenantId, bob!);
    recordUserSeen(testContext(tenantId, '2021-03-31T23:59:59Z'), tenantId, bob!);
    await markDays(tenantId, ['2021-02-10', '2021-02-20', '2021-03-10', '2021-03-20']);
    await foldNow(tenantId);
    const expected = { total_users: 3, active_users: 2, new_users: 1, churned_users: 1 };
    expect(await people(tenantId, 'users')).toEqual(expected);
    await rebuildTenant(tenantId);
    expect(await people(tenantId, 'users')).toEqual(expected);
    await deleteFact('_User', ann!);
    await eraseUserFigures(tenantId, ann!);
    await markDays(tenantId, ['2021-02-10']);
    await foldNow(tenantId);
    expect(await people(tenantId, 'users')).toEqual({ ...expected, total_users: 2, churned_users: 0 });
  });

  it('that are erased users leave nothing of themselves in events, in whichever tenant they were seen', async () => {
    const [tenantId, other] = [await insertTenant(), await insertTenant()];
    const [ann] = await insertFacts('_User', [{ tenant: tenantId, createdAt: new Date('2021-03-01T10:00:00Z') }]);
    const [event] = await insertFacts('Event', [
      { tenant: tenantId, user: ann, properties: { name: 'Ann' }, timestamp: new Date('2021-03-20T00:00:00Z') },
    ]);
    recordUserSeen(testContext(other, '2021-03-05T00:00:00Z'), other, ann!);
    await foldNow(other);
    await rebuildTenant(tenantId);
    expect((await people(other, 'users')).active_users).toBe(1);
    await deleteFact('_User', ann!);
    await eraseUserFigures(tenantId, ann!);
    await Promise.all([foldNow(tenantId), foldNow(other)]);
    expect((await people(tenantId, 'users')).active_users).toBe(0);
    expect((await people(other, 'users')).active_users).toBe(0);
    expect(JSON.stringify(await readFact('Event', event!))).not.toContain('Ann');
  });

  it('picks metrics and explains them', async () => {
    const tenantId = await insertTenant();
    const input = { ...MARCH, population: 'users' as const, metrics: ['active_users' as const], explain: true };
    const answer = await readPeople(testContext(tenantId), input);
    expect(answer).toEqual({
      active_users: 0,
      explain: { active_users: expect.objectContaining({ source_counts: { people_active: 0 } }) },
    });
  });
});

describe('days', () => {
  it('are the tenant’s, also after its zone changed', async () => {
    const tenantId = await insertTenant({ time_zone: 'America/New_York' });
    const customer = newObjectId();
    await insertFacts('Purchase', [purchase(tenantId, '2021-04-01T03:30:00Z', 100, { customer })]);
    await markDays(tenantId, ['2021-03-31']);
    await foldNow(tenantId);
    expect((await revenue(tenantId)).total_revenue).toBe(1);
    await updateFact('Tenant', tenantId, { settings: { time_zone: 'UTC' } });
    await markDays(tenantId, ['2021-01-01']);
    await foldNow(tenantId);
    expect((await revenue(tenantId)).total_revenue).toBe(0);
    expect((await people(tenantId)).active_users).toBe(0);
  });

  it.each([
    ['America/Havana', '2021-11-07T04:30:00Z', '2021-11-07'],
    ['America/Havana', '2021-11-07T03:59:59Z', '2021-11-06'],
    ['America/Sao_Paulo', '2018-11-04T03:00:00Z', '2018-11-04'],
    ['America/Sao_Paulo', '2018-11-04T02:59:59Z', '2018-11-03'],
    ['Pacific/Kiritimati', '2021-03-01T10:00:00Z', '2021-03-02'],
  ])('are right in %s at %s', async (time_zone, instant, day) => {
    const tenantId = await insertTenant({ time_zone });
    await insertFacts('Purchase', [purchase(tenantId, instant, 100)]);
    await markDays(tenantId, [day]);
    await foldNow(tenantId);
    const answer = await revenue(tenantId, { start_date: day, end_date: day });
    expect(answer.total_revenue).toBe(1);
  });
});
