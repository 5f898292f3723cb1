import { createPerson, createTenant } from '../factories/people';
import { adminToken, api, parseFn, parseRest } from '../harness/app';
import { importPurchases, today } from './purchases';

beforeAll(importPurchases);

describe('the functions of the views', () => {
  it('give the figures of the analytics as rows', async () => {
    const token = await adminToken();
    const people = await parseFn('viewCustomerAnalytics', {}, { masterKey: true });
    const figures = await api('GET', '/api/business/analytics/users?population=customers', { token });
    const ofDefault = (row: { Tenant: string }): boolean => row.Tenant === 'default';
    const { total_users, active_users, new_users, churned_users } = figures.body;
    const expected = { Total: total_users, Active: active_users, New: new_users, Churned: churned_users, To: today() };
    const row = people.body.result.find(ofDefault);
    expect(row).toMatchObject(expected);
    expect(row.Total).toBeGreaterThanOrEqual(5);
    const revenue = await parseFn('viewRevenueByMonth', {}, { masterKey: true });
    expect(revenue.body.result.filter(ofDefault)).toHaveLength(12);
    const retention = await parseFn('viewRetention', {}, { masterKey: true });
    const cohort = retention.body.result.find(
      (of: { Tenant: string; Joined: string }) => ofDefault(of) && of.Joined === today().slice(0, 7),
    );
    expect(cohort).toMatchObject({ 'Month 0 %': 100, 'Month 1 %': '' });
    expect(cohort.People).toBeGreaterThanOrEqual(5);
  });

  it('show the 50 tenants that were used last, and say how many more there are', async () => {
    for (let number = 0; number < 52; number += 1) await createTenant();
    const { body } = await parseFn('viewUserAnalytics', {}, { masterKey: true });
    const shown: string[] = body.result.map((row: { Tenant: string }) => row.Tenant);
    const { body: all } = await parseRest('GET', '/classes/Tenant?count=1&limit=0', { masterKey: true });
    expect(shown).toHaveLength(51);
    expect(shown.at(-1)).toBe(`${all.count - 50} more, used less recently`);
    // Of all tenants of this run it has the most requests.
    expect(shown).toContain('default');
  });

  it('are refused to people without the role, and to strangers', async () => {
    const stranger = await parseFn('viewUserAnalytics');
    expect(stranger.status).toBe(400);
    expect(stranger.body.error).toContain('UNAUTHORIZED');
    const { sessionToken } = await createPerson();
    const plain = await parseFn('viewUserAnalytics', {}, { sessionToken });
    expect(plain.body.error).toContain('FORBIDDEN');
  });
});

describe('the saved views', () => {
  it('are for the master key only', async () => {
    const token = await adminToken();
    expect((await parseRest('GET', '/classes/DashboardConfig', { token })).status).toBe(400);
    const { body } = await parseRest('GET', '/classes/DashboardConfig', { masterKey: true });
    const names = body.results.map((row: { object?: { name?: string } }) => row.object?.name);
    expect(names).toEqual(expect.arrayContaining(['Users: last 30 days', 'Revenue by month']));
  });
});
