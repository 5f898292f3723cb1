import { randomUUID } from 'node:crypto';
import { adminToken, api, parseFn, parseRest, waitFor } from '../harness/app';

const FRESH = { 'Cache-Control': 'no-cache' };
const DAY = '2015-06-15';

let token: string;
beforeAll(async () => {
  token = await adminToken();
});

const date = (iso: string) => ({ __type: 'Date', iso });
const save = (className: string, body: object, method = 'POST') =>
  parseRest(method, `/classes/${className}`, { token, body });
const read = (route: string) => api('GET', `/api/business/analytics${route}`, { token, headers: FRESH });

/** Days of the past that no other test uses: the tenant is the administrator's, and shared. */
const purchase = (more: object = {}) => ({
  total: 12.345,
  currency: 'usd',
  purchased_at: date(`${DAY}T10:00:00Z`),
  ...more,
});
const revenueOf = async (day = DAY): Promise<number> => {
  const { status, body } = await read(`/revenue?start_date=${day}&end_date=${day}&currency=USD`);
  expect(status).toBe(200);
  return body.total_revenue as number;
};

describe('a purchase saved by a client', () => {
  it('is in the figures at once, moves with its edits and leaves with its deletion', async () => {
    const saved = await save('Purchase', purchase());
    expect(saved.status).toBe(201);
    const id: string = saved.body.objectId;
    expect(await revenueOf()).toBe(12.35);
    const stored = await parseRest('GET', `/classes/Purchase/${id}`, { token });
    expect(stored.body).toMatchObject({ total_minor: 1235, currency: 'USD', status: 'paid' });
    await parseRest('PUT', `/classes/Purchase/${id}`, { token, body: { purchased_at: date('2015-06-16T10:00:00Z') } });
    expect([await revenueOf(), await revenueOf('2015-06-16')]).toEqual([0, 12.35]);
    await parseRest('DELETE', `/classes/Purchase/${id}`, { token });
    expect(await revenueOf('2015-06-16')).toBe(0);
  });

  it.each([
    ['a text as total', { total: '12' }],
    ['an unknown currency', { currency: 'QQQ' }],
    ['an unknown status', { status: 'maybe' }],
    ['no date', { purchased_at: null }],
    ['a channel that is too long', { channel: 'x'.repeat(1001) }],
    ['a customer that is nobody', { customer: { __type: 'Pointer', className: 'Customer', objectId: 'nobody0000' } }],
    ['a field of the server', { total_minor: 5 }],
    ['an item that is no object', { items: [1] }],
  ])('is refused with %s', async (_name, change) => {
    const answer = await save('Purchase', purchase(change));
    expect(answer.status).toBe(400);
  });

  it('has an order id of its own in its tenant', async () => {
    const order_id = randomUUID();
    const first = await save('Purchase', purchase({ order_id, total: 0 }));
    expect(first.status).toBe(201);
    expect((await save('Purchase', purchase({ order_id, total: 0 }))).status).toBe(400);
    await parseRest('DELETE', `/classes/Purchase/${first.body.objectId}`, { token });
  });
});

describe('a subscription', () => {
  const started = { plan: 'pro', amount: 10, currency: 'USD', started_at: date('2015-01-01T00:00:00Z') };

  it('keeps what it was worth, and is dated when it is cancelled', async () => {
    const saved = await save('Subscription', started);
    expect(saved.status).toBe(201);
    const route = `/classes/Subscription/${saved.body.objectId}`;
    await parseRest('PUT', route, { token, body: { amount: 20 } });
    const { body } = await parseRest('GET', route, { token });
    expect(body.versions).toMatchObject([
      { from: '2015-01-01T00:00:00.000Z', annual_minor: 12_000 },
      { annual_minor: 24_000 },
    ]);
    const past = await read('/revenue?start_date=2015-06-01&end_date=2015-06-30&currency=USD');
    expect(past.body).toMatchObject({ mrr: 10, arr: 120 });
    await parseRest('PUT', route, { token, body: { status: 'cancelled' } });
    expect((await parseRest('GET', route, { token })).body.cancelled_at.iso).toMatch(/^20/);
    await parseRest('DELETE', route, { token });
    expect((await read('/revenue?start_date=2015-06-01&end_date=2015-06-30&currency=USD')).body.mrr).toBe(0);
  });

  it('that is taken up again keeps the time in which it was cancelled', async () => {
    const cancelled_at = date('2015-03-01T00:00:00Z');
    const saved = await save('Subscription', { ...started, status: 'cancelled', cancelled_at });
    const route = `/classes/Subscription/${saved.body.objectId}`;
    const mrrOn = async (day: string): Promise<number> =>
      (await read(`/revenue?start_date=${day}&end_date=${day}&currency=USD`)).body.mrr as number;
    const today = new Date().toISOString().slice(0, 10);
    const before = await mrrOn(today);
    expect([await mrrOn('2015-02-15'), await mrrOn(DAY)]).toEqual([10, 0]);
    expect((await parseRest('PUT', route, { token, body: { status: 'active' } })).status).toBe(200);
    expect((await parseRest('GET', route, { token })).body).not.toHaveProperty('cancelled_at');
    expect([await mrrOn('2015-02-15'), await mrrOn(DAY), await mrrOn(today)]).toEqual([10, 0, before + 10]);
    await parseRest('PUT', route, { token, body: { status: 'cancelled' } });
    await parseRest('PUT', route, { token, body: { cancelled_at: { __op: 'Delete' }, status: 'active' } });
    expect([await mrrOn('2015-02-15'), await mrrOn(DAY), await mrrOn(today)]).toEqual([10, 0, before + 10]);
    await parseRest('DELETE', route, { token });
  });

  it('is refused when it ends before it starts', async () => {
    const answer = await save('Subscription', { ...started, cancelled_at: date('2014-01-01T00:00:00Z') });
    expect(answer.status).toBe(400);
  });
});

describe('a live change', () => {
  it('shows by itself, without being asked for fresh figures', async () => {
    const day = '2015-07-15';
    const route = `/api/business/analytics/revenue?start_date=${day}&end_date=${day}&currency=USD`;
    const shows = async (total: number) => (await api('GET', route, { token })).body.total_revenue === total;
    expect(await shows(0)).toBe(true);
    const saved = await save('Purchase', purchase({ purchased_at: date(`${day}T10:00:00Z`) }));
    await waitFor(() => shows(12.35), { timeoutMs: 10_000 });
    await parseRest('DELETE', `/classes/Purchase/${saved.body.objectId}`, { token });
    await waitFor(() => shows(0), { timeoutMs: 10_000 });
  });

  it('of an event makes its user active, until it is deleted', async () => {
    const { body: me } = await parseRest('GET', '/users/me', { token });
    const active = async () => (await read(`/users?start_date=${DAY}&end_date=${DAY}`)).body.active_users as number;
    const user = { __type: 'Pointer', className: '_User', objectId: me.objectId };
    const event = { event_type: 'opened', user, timestamp: date(`${DAY}T10:00:00Z`) };
    const saved = await save('Event', event);
    expect(saved.status).toBe(201);
    expect(await active()).toBe(1);
    await parseRest('DELETE', `/classes/Event/${saved.body.objectId}`, { token });
    expect(await active()).toBe(0);
  });
});

describe('a customer', () => {
  it('can be erased, once and again', async () => {
    const external_id = randomUUID();
    const registered_at = date('2015-03-01T00:00:00Z');
    const saved = await save('Customer', { external_id, name: 'Ada', registered_at });
    const count = async () =>
      (await read('/users?population=customers&start_date=2015-03-01&end_date=2015-03-01')).body.new_users as number;
    const before = await count();
    const erased = await api('POST', `/api/customers/${external_id}/erase`, { token });
    expect(erased).toMatchObject({ status: 200, body: { id: saved.body.objectId, status: 'erased' } });
    expect(await count()).toBe(before - 1);
    const where = encodeURIComponent(JSON.stringify({ action: 'eraseCustomer', object_id: saved.body.objectId }));
    const audited = await parseRest('GET', `/classes/AuditLog?where=${where}`, { masterKey: true });
    expect(audited.body.results).toHaveLength(1);
    expect(JSON.stringify(audited.body.results)).not.toContain(external_id);
    expect((await api('POST', `/api/customers/${saved.body.objectId}/erase`, { token })).status).toBe(200);
    expect((await api('POST', `/api/customers/${external_id}/erase`, { token })).status).toBe(404);
  });
});

describe('analytics', () => {
  it.each(['', '/users', '/revenue', '/retention'])('%s wants a caller', async (route) => {
    expect((await api('GET', `/api/business/analytics${route}`)).status).toBe(401);
  });

  it.each([
    '/users?metrics=active_users,unknown',
    '/users?unknown=1',
    '/users?start_date=2021-02-30',
    '/users?start_date=2021-03-02&end_date=2021-03-01',
    '/revenue?group_by=customer',
    '/revenue?period=decade',
    '/retention?cohort=day&start_date=2000-01-01&end_date=2020-01-01',
    '?population=dogs',
  ])('%s is refused', async (route) => {
    const answer = await read(route);
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'VALIDATION_ERROR' } } });
  });

  it('answers the fields of the contract', async () => {
    const { body } = await read('');
    expect(Object.keys(body.user_metrics).sort()).toEqual([
      'active_users',
      'churn_rate',
      'new_users_monthly',
      'total_users',
    ]);
    expect(Object.keys(body.performance_metrics).sort()).toEqual([
      'api_calls',
      'average_job_time',
      'data_processed',
      'jobs_completed',
    ]);
    expect(body.revenue_metrics).toMatchObject({ total_revenue: expect.any(Number), mrr: expect.any(Number) });
    expect((await read('/users?metrics=active_users,new_users')).body).toEqual({
      active_users: expect.any(Number),
      new_users: expect.any(Number),
    });
  });

  it('counts the caller as active today', async () => {
    const { body } = await read('/users?explain=true');
    expect(body.active_users).toBeGreaterThan(0);
    expect(body.explain.active_users).toMatchObject({ formula: expect.any(String), source_counts: expect.any(Object) });
  });

  it('is the same through the cloud function', async () => {
    const input = { start_date: '2015-01-01', end_date: '2015-01-31', population: 'customers' };
    const rest = await read(`/users?${new URLSearchParams(input).toString()}`);
    const cloud = await parseFn('getUserAnalytics', input, { token });
    expect(cloud.body.result).toEqual(rest.body);
  });

  it('does not know a tenant that is not there', async () => {
    expect((await read('/users?tenant=nobody')).status).toBe(404);
  });
});
