import { foldNow, rebuildTenant } from '../../cloud/analytics/folding.service';
import { markDays } from '../../cloud/analytics/marking.service';
import { readBusiness } from '../../cloud/analytics/business.service';
import { readPeople } from '../../cloud/analytics/people.service';
import { readRetention } from '../../cloud/analytics/retention.service';
import { readRevenue } from '../../cloud/analytics/revenue.service';
import { flushUsage, recordApiCall } from '../../cloud/analytics/usage.service';
import { newObjectId } from '../../core/ids';
import { derivedRows, insertFacts, insertTenant, testContext, updateFact } from './support/facts';
import { openStore } from './support/store';

const MARCH = { start_date: '2021-03-01', end_date: '2021-03-31' };
const revenueInput = { ...MARCH, period: 'month' as const };

let close: () => Promise<void>;
beforeAll(async () => {
  ({ close } = await openStore());
});
afterAll(() => close?.());

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

describe('revenue', () => {
  it.each(['XDR', 'XSU', 'XXY'])('is told in no other currency where that of the tenant is %s', async (currency) => {
    const tenantId = await insertTenant({ currency });
    await expect(revenue(tenantId)).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
      details: { issues: [{ path: 'settings.currency', code: 'not_allowed' }] },
    });
    expect(await revenue(tenantId, { currency: 'EUR' })).toMatchObject({ currency: 'EUR', total_revenue: 0 });
  });

  it('counts paid purchases alone, negative ones too', async () => {
    const tenantId = await insertTenant();
    await insertFacts('Purchase', [
      purchase(tenantId, '2021-03-01', 1000),
      purchase(tenantId, '2021-03-02', -250),
      ...['pending', 'refunded', 'cancelled'].map((status) => purchase(tenantId, '2021-03-03', 9900, { status })),
    ]);
    await rebuildTenant(tenantId);
    const answer = await revenue(tenantId, { explain: true });
    expect(answer).toMatchObject({
      total_revenue: 7.5,
      growth_rate: null,
      reasons: { growth_rate: expect.any(String) },
    });
    expect(answer.explain?.['total_revenue']?.source_counts).toEqual({ purchases: 2 });
  });

  it('never adds currencies', async () => {
    const tenantId = await insertTenant({ currency: 'EUR' });
    await insertFacts('Purchase', [
      purchase(tenantId, '2021-03-01', 1000),
      purchase(tenantId, '2021-03-01', 500, { currency: 'JPY' }),
    ]);
    await rebuildTenant(tenantId);
    const by_currency = [
      { currency: 'JPY', total_revenue: 500, mrr: 0, arr: 0 },
      { currency: 'USD', total_revenue: 10, mrr: 0, arr: 0 },
    ];
    expect(await revenue(tenantId)).toMatchObject({ currency: 'EUR', total_revenue: 0, by_currency });
    expect(await revenue(tenantId, { currency: 'jpy' })).toMatchObject({ currency: 'JPY', total_revenue: 500 });
    await expect(revenue(tenantId, { currency: 'QQQ' })).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
  });

  it('groups by time without gaps', async () => {
    const tenantId = await insertTenant();
    await insertFacts('Purchase', [purchase(tenantId, '2021-03-01', 100), purchase(tenantId, '2021-03-15', 300)]);
    await rebuildTenant(tenantId);
    const weeks = await revenue(tenantId, { group_by: 'week' });
    expect(weeks.groups).toEqual([
      { key: '2021-W09', total_revenue: 1 },
      { key: '2021-W10', total_revenue: 0 },
      { key: '2021-W11', total_revenue: 3 },
      { key: '2021-W12', total_revenue: 0 },
      { key: '2021-W13', total_revenue: 0 },
    ]);
    expect((await revenue(tenantId, { group_by: 'day' })).groups).toHaveLength(31);
  });

  it('groups by product, channel and plan, adding up to the total', async () => {
    const tenantId = await insertTenant();
    const customer = newObjectId();
    await insertFacts('Subscription', [subscription(tenantId, '2021-01-01', 0, { customer, plan: 'gold' })]);
    const items = [
      { product_id: 'a', amount: 1.005 },
      { product_id: 'b', quantity: 3, unit_price: 0.1 },
      { amount: 0.5 },
    ];
    await insertFacts('Purchase', [
      purchase(tenantId, '2021-03-01', 200, { customer, items, channel: 'web' }),
      purchase(tenantId, '2021-03-02', 50, { channel: 'app' }),
      purchase(tenantId, '2021-03-02', 7),
    ]);
    await rebuildTenant(tenantId);
    const groups = async (group_by: string) => (await revenue(tenantId, { group_by })).groups;
    expect(await groups('product')).toEqual([
      { key: 'a', total_revenue: 1.01 },
      { key: 'b', total_revenue: 0.3 },
      { key: null, total_revenue: 1.26 },
    ]);
    expect(await groups('channel')).toEqual([
      { key: 'app', total_revenue: 0.5 },
      { key: 'web', total_revenue: 2 },
      { key: null, total_revenue: 0.07 },
    ]);
    expect(await groups('plan')).toEqual([
      { key: 'gold', total_revenue: 2 },
      { key: null, total_revenue: 0.57 },
    ]);
  });

  it('tells what recurred on any past day, rounded half-up once', async () => {
    const tenantId = await insertTenant();
    const versions = [
      { from: '2021-01-01T12:00:00.000Z', annual_minor: 12_000, currency: 'USD', plan: 'pro' },
      { from: '2021-03-15T12:00:00.000Z', annual_minor: 24_000, currency: 'USD', plan: 'pro' },
    ];
    const ids = await insertFacts('Subscription', [
      subscription(tenantId, '2021-01-01', 2000, { versions }),
      subscription(tenantId, '2021-02-01', 100, { interval: 'week' }),
      subscription(tenantId, '2021-02-01', 1, { interval: 'year' }),
      subscription(tenantId, '2021-02-01', 5, { interval: 'year', trial_ends_at: new Date('2021-03-31T00:00:00Z') }),
    ]);
    await markDays(tenantId, ['2021-01-01', '2021-02-01']);
    await foldNow(tenantId);
    const asOf = async (end_date: string) => {
      const { mrr, arr } = await revenue(tenantId, { start_date: '2021-01-01', end_date });
      return [mrr, arr];
    };
    expect(await asOf('2021-01-31')).toEqual([10, 120]);
    // (12000 + 5200 + 1) / 12 = 1433.4; in a trial until the 30th.
    expect(await asOf('2021-03-14')).toEqual([14.33, 172.01]);
    expect(await asOf('2021-03-30')).toEqual([24.33, 292.01]);
    // 29206 / 12 = 2433.83
    expect(await asOf('2021-03-31')).toEqual([24.34, 292.06]);
    await updateFact('Subscription', ids[1]!, { cancelled_at: new Date('2021-03-20T00:00:00Z') });
    await markDays(tenantId, ['2021-02-01']);
    await foldNow(tenantId);
    expect(await asOf('2021-03-19')).toEqual([24.33, 292.01]);
    expect(await asOf('2021-03-20')).toEqual([20, 240.01]);
  });
});

describe('business', () => {
  it('gives ltv and cac, or null with a reason', async () => {
    const tenantId = await insertTenant();
    const input = { start_date: '2021-09-01', end_date: '2021-09-30', population: 'customers' as const };
    const empty = await readBusiness(testContext(tenantId), input);
    expect(empty.revenue_metrics).toMatchObject({ ltv: null, cac: null });
    expect(Object.keys(empty.reasons ?? {}).sort()).toEqual(['average_job_time', 'cac', 'ltv']);
    await insertFacts('Subscription', [
      ...Array.from({ length: 3 }, () => subscription(tenantId, '2021-01-01', 1000, { customer: newObjectId() })),
      subscription(tenantId, '2021-01-01', 1000, {
        customer: newObjectId(),
        cancelled_at: new Date('2021-05-10T00:00:00Z'),
      }),
    ]);
    await insertFacts('Purchase', [purchase(tenantId, '2021-09-05', 100, { customer: newObjectId() })]);
    await insertFacts('Cost', [
      {
        tenant: tenantId,
        date: new Date('2021-09-02T00:00:00Z'),
        kind: 'acquisition',
        amount_minor: 5001,
        currency: 'USD',
      },
      { tenant: tenantId, date: new Date('2021-09-02T00:00:00Z'), kind: 'other', amount_minor: 7, currency: 'USD' },
    ]);
    await rebuildTenant(tenantId);
    const { revenue_metrics } = await readBusiness(testContext(tenantId), input);
    // 10 a customer; 1 lost of 4+4+4+3+3+3 customer months: 10 × 21.
    expect(revenue_metrics).toMatchObject({ mrr: 30, ltv: 210, cac: 50.01 });
  });

  it('counts calls and jobs of the window', async () => {
    const tenantId = await insertTenant();
    const started_at = new Date('2021-03-02T00:00:00Z');
    const job = { tenant: tenantId, status: 'completed', started_at, input_bytes: 1_500_000 };
    await insertFacts('DataJob', [
      { ...job, completed_at: new Date('2021-03-02T00:00:02Z') },
      { ...job, completed_at: new Date('2021-03-02T00:00:03Z') },
      { ...job, status: 'failed', completed_at: new Date('2021-03-02T00:00:09Z') },
      { ...job, completed_at: new Date('2021-04-02T00:00:09Z') },
    ]);
    for (let call = 0; call < 3; call += 1) recordApiCall(tenantId);
    await flushUsage();
    const today = new Date().toISOString();
    const input = { start_date: '2021-03-01', end_date: '2021-03-31', population: 'users' as const };
    const march = await readBusiness(testContext(tenantId), input);
    expect(march.performance_metrics).toEqual({
      api_calls: 0,
      data_processed: '3MB',
      jobs_completed: 2,
      average_job_time: 2.5,
    });
    const now = await readBusiness(testContext(tenantId, today), { population: 'users', metrics: ['api_calls'] });
    expect(now).toEqual({ performance_metrics: { api_calls: 3 } });
  });
});

describe('retention', () => {
  it('counts whole cohorts of weeks', async () => {
    const tenantId = await insertTenant();
    const [ann, bob] = [newObjectId(), newObjectId()];
    await insertFacts('Purchase', [
      purchase(tenantId, '2021-03-01', 1, { customer: ann }),
      purchase(tenantId, '2021-03-15', 1, { customer: ann }),
      purchase(tenantId, '2021-03-08', 1, { customer: bob }),
    ]);
    await rebuildTenant(tenantId);
    const input = {
      start_date: '2021-03-01',
      end_date: '2021-03-21',
      population: 'customers',
      cohort: 'week',
    } as const;
    expect(await readRetention(testContext(tenantId), input)).toEqual({
      cohorts: [
        { period: '2021-W09', size: 1, active: [1, 0, 1] },
        { period: '2021-W10', size: 1, active: [1, 0, null] },
        { period: '2021-W11', size: 0, active: [0, null, null] },
      ],
    });
  });
});

describe('derived rows', () => {
  it('are the same folded day by day and derived at once', async () => {
    const tenantId = await insertTenant({ time_zone: 'Europe/Berlin' });
    const days = ['2021-03-01', '2021-03-27', '2021-03-28', '2021-10-31'];
    for (const day of days) {
      await insertFacts('Purchase', [purchase(tenantId, day, 100, { customer: 'c1', channel: 'web' })]);
      await markDays(tenantId, [day]);
      await foldNow(tenantId);
    }
    const folded = await derivedRows(tenantId);
    await rebuildTenant(tenantId);
    expect(await derivedRows(tenantId)).toEqual(folded);
  });

  it('another tenant’s name is not known', async () => {
    const [mine, other] = [await insertTenant(), await insertTenant()];
    const ctx = { ...testContext(mine), actor: { kind: 'anonymous' as const } };
    const input = { ...MARCH, population: 'users' as const, tenant: other };
    await expect(readPeople(ctx, input)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(readPeople(testContext(mine), input)).resolves.toMatchObject({ total_users: 0 });
  });
});
