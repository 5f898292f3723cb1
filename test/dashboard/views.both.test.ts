import { adminToken, api, parseFn, parseRest } from '../harness/app';
import { importPurchases, today } from './purchases';

beforeAll(importPurchases);

describe('the functions of the views', () => {
  it('give the figures of the analytics as rows', async () => {
    const token = await adminToken();
    const people = await parseFn('viewCustomerAnalytics', {}, { masterKey: true });
    const figures = await api('GET', '/api/business/analytics/users?population=customers', { token });
    const row = people.body.result.find((found: { tenant_slug: string }) => found.tenant_slug === 'default');
    expect(row).toMatchObject({ ...figures.body, window_until: today() });
    expect(row.total_users).toBeGreaterThanOrEqual(5);
    const revenue = await parseFn('viewRevenueByMonth', {}, { masterKey: true });
    expect(
      revenue.body.result.filter((found: { tenant_slug: string }) => found.tenant_slug === 'default'),
    ).toHaveLength(12);
    const retention = await parseFn('viewRetention', {}, { masterKey: true });
    expect(retention.body.result.at(-1)).toMatchObject({ tenant_slug: 'default', cohort_month: today().slice(0, 7) });
  });

  it('are refused to people without the role, and to strangers', async () => {
    const stranger = await parseFn('viewUserAnalytics');
    expect(stranger.status).toBe(400);
    expect(stranger.body.error).toContain('UNAUTHORIZED');
    const email = `views-${Date.now()}@example.com`;
    const { body } = await api('POST', '/api/auth/register', { body: { email, password: 'A-password-1234' } });
    const plain = await parseFn('viewUserAnalytics', {}, { sessionToken: body.session_token });
    expect(plain.body.error).toContain('FORBIDDEN');
  });
});

describe('the saved views', () => {
  it('are for the master key only', async () => {
    const token = await adminToken();
    expect((await parseRest('GET', '/classes/DashboardConfig', { token })).status).not.toBe(200);
    const { body } = await parseRest('GET', '/classes/DashboardConfig', { masterKey: true });
    const names = body.results.map((row: { object?: { name?: string } }) => row.object?.name);
    expect(names).toEqual(expect.arrayContaining(['Users: last 30 days', 'Revenue by month']));
  });
});
