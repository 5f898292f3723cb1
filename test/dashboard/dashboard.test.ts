import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { ADMIN, adminToken, api, parseFn, parseRest, testServer, waitFor } from '../harness/app';
import { describeWithBrowser, openBrowser, watchPage } from './browser';

const APP = '/dashboard/apps/AppBackend';
const today = (): string => new Date().toISOString().slice(0, 10);

/** Purchases of the default tenant, so that its figures are not zero. */
async function importPurchases(): Promise<void> {
  const token = await adminToken();
  const lines = ['purchased_at,order_id,customer_id,amount,currency'];
  for (let number = 1; number <= 5; number += 1) lines.push(`${today()},dash-${number},dash-c${number},10.50,USD`);
  const options = encodeURIComponent(JSON.stringify({ data_type: 'purchases', source_name: 'dashboard-test' }));
  const sent = await api('POST', `/api/data/batch?options=${options}`, {
    token,
    body: `${lines.join('\n')}\n`,
    headers: { 'Content-Type': 'text/csv' },
  });
  expect(sent.status).toBe(202);
  await waitFor(async () => {
    const { body } = await api('GET', `/api/data/status/${sent.body.job_id}`, { token });
    return body.status === 'completed';
  });
}

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

describe('the login of the dashboard', () => {
  it('gives its configuration, with the master key, to nobody who is not signed in', async () => {
    const answer = await api('GET', '/dashboard/parse-dashboard-config.json');
    expect(answer.status).toBe(401);
    expect(JSON.stringify(answer.body)).not.toContain(testServer().masterKey);
  });

  it('lets nobody in who is not an admin, with the right password too', async () => {
    const email = `nobody-${Date.now()}@example.com`;
    await api('POST', '/api/auth/register', { body: { email, password: 'A-password-1234' } });
    expect(await formLogin(email, 'A-password-1234')).toBe('/dashboard/login');
    expect(await formLogin(ADMIN.email, 'not-the-password')).toBe('/dashboard/login');
    expect(await formLogin(ADMIN.email, ADMIN.password)).toBe('/dashboard/apps');
  });

  it('is closed to an admin who was suspended, within seconds', async () => {
    const token = await adminToken();
    const account = { email: `admin-${Date.now()}@example.com`, password: 'A-password-1234', roles: ['admin'] };
    const { body: user } = await api('POST', '/api/users', { token, body: account });
    const logsIn = async (): Promise<boolean> =>
      (await formLogin(account.email, account.password)) === '/dashboard/apps';
    await waitFor(logsIn, { everyMs: 500 });
    await api('PUT', `/api/users/${user.id}`, { token, body: { status: 'suspended' } });
    await waitFor(async () => !(await logsIn()), { everyMs: 500 });
  });
});

/** Where the form leads to: the page's token and cookie come first, as in a browser. */
async function formLogin(username: string, password: string): Promise<string | null> {
  const { url } = testServer();
  const page = await fetch(`${url}/dashboard/login`);
  const csrf = /<script id="csrf" type="application\/json">"([^"]+)"/.exec(await page.text())?.[1] ?? '';
  const cookie = page.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  const body = new URLSearchParams({ username, password, _csrf: csrf });
  const answer = await fetch(`${url}/dashboard/login`, {
    method: 'POST',
    body,
    headers: { cookie },
    redirect: 'manual',
  });
  return answer.headers.get('location');
}

describeWithBrowser('Parse Dashboard in a browser', () => {
  let browser: Browser;
  let page: Page;
  let faults: string[];
  const shots = mkdtempSync(path.join(tmpdir(), 'dashboard-'));

  beforeAll(async () => {
    browser = await openBrowser();
    page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    page.setDefaultTimeout(15_000);
    faults = await watchPage(page, testServer().url);
  });
  afterAll(() => browser?.close());

  it('refuses a wrong password, and lets the admin in', async () => {
    await page.goto(`${testServer().url}/dashboard`);
    await logIn('not-the-password');
    await page.getByText('Invalid username or password', { exact: true }).waitFor();
    await logIn(ADMIN.password);
    await page.waitForURL(/\/dashboard\/apps/);
  });

  it('shows the rows of Purchase', async () => {
    await page.goto(`${testServer().url}${APP}/browser/Purchase`);
    await page.getByText('dash-1', { exact: true }).first().waitFor();
    await shoot('purchase');
  });

  it.each([
    ['Users: last 30 days', 'viewUserAnalytics'],
    ['Customers: last 30 days', 'viewCustomerAnalytics'],
    ['Revenue by month', 'viewRevenueByMonth'],
    ['Retention by month', 'viewRetention'],
  ])('shows the figures of the view "%s"', async (name, functionName) => {
    const { body } = await parseFn(functionName, {}, { masterKey: true });
    await page.goto(`${testServer().url}${APP}/views/${encodeURIComponent(name)}`);
    await page.locator('table tr').first().waitFor();
    const shown = (await page.locator('table tr').allInnerTexts()).map((text) => text.split('\t'));
    expect(shown).toEqual(body.result.map((row: object) => Object.values(row).map(String)));
    await shoot(functionName);
  });

  it('works without a request to another host, and without errors but for its web fonts', () => {
    expect(faults.filter((fault) => !/fonts\.googleapis\.com/.test(fault))).toEqual([]);
  });

  async function logIn(password: string): Promise<void> {
    await page.fill('input[name=username]', ADMIN.email);
    await page.fill('input[name=password]', password);
    await page.keyboard.press('Enter');
  }

  async function shoot(name: string): Promise<void> {
    const file = path.join(shots, `${name}.png`);
    await page.screenshot({ path: file });
    expect(statSync(file).size).toBeGreaterThan(10_000);
  }
});
