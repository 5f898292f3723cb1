import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { ADMIN, parseFn, parseRest, testServer, waitFor } from '../harness/app';
import { APP, describeWithBrowser, logIn, newPage, openBrowser, watchPage } from './browser';
import { importPurchases } from './purchases';

jest.setTimeout(180_000);
beforeAll(importPurchases);

describeWithBrowser('Parse Dashboard in a browser', () => {
  let browser: Browser;
  let page: Page;
  let faults: string[];
  const shots = mkdtempSync(path.join(tmpdir(), 'dashboard-'));

  beforeAll(async () => {
    browser = await openBrowser();
    page = await newPage(browser);
    faults = await watchPage(page, testServer().url);
  });
  afterAll(async () => {
    await browser?.close();
    // TEST_KEEP=1 leaves the pictures for looking at.
    if (!process.env.TEST_KEEP) rmSync(shots, { recursive: true, force: true });
  });

  it('refuses a wrong password, and lets the admin in', async () => {
    await page.goto(`${testServer().url}/dashboard`);
    await logIn(page, 'not-the-password');
    await page.getByText('Invalid username or password', { exact: true }).waitFor();
    await logIn(page, ADMIN.password);
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
    for (const head of Object.keys(body.result[0])) {
      const cell = page.getByText(head, { exact: true }).first();
      expect(await cell.evaluate(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)).toBe(true);
    }
    await shoot(functionName);
  });

  it('lists cloud code, also when its page is opened from the menu', async () => {
    await page.goto(`${testServer().url}${APP}/jobs/all`);
    await page.getByText('Cloud Code', { exact: true }).click();
    await page.getByText('getUserAnalytics').first().waitFor();
  });

  it('starts a job, and shows how it went', async () => {
    await page.goto(`${testServer().url}${APP}/jobs/all`);
    await page.locator('tr', { hasText: 'cleanupJobs' }).getByRole('button').click();
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await waitFor(async () => (await lastRunOf('cleanupJobs')) === 'Handed to the queue.');
    await page.goto(`${testServer().url}${APP}/jobs/status`);
    await page.locator('tr', { hasText: 'cleanupJobs' }).getByText('Succeeded').first().waitFor();
  });

  it.each([
    ['checkFigures', /^Handed to the queue\.$/],
    ['rebuildFigures', /^Handed to the queue for \d+ tenants\.$/],
    ['purgeAccounts', /^Handed to the queue\.$/],
    ['removeOldSessions', /^Handed to the queue\.$/],
  ])('lists the job %s, which can be started', async (name, message) => {
    await page.goto(`${testServer().url}${APP}/jobs/all`);
    await page.getByText(name, { exact: true }).waitFor();
    expect((await parseRest('POST', `/jobs/${name}`, { masterKey: true, body: {} })).status).toBe(200);
    await waitFor(async () => message.test(String(await lastRunOf(name))));
  });

  it('adds, changes and removes a parameter of the configuration', async () => {
    const parameter = `greeting${Date.now()}`;
    const value = async (): Promise<unknown> =>
      (await parseRest('GET', '/config', { masterKey: true })).body.params[parameter];
    await page.goto(`${testServer().url}${APP}/config`);
    await page.getByText('Create a parameter', { exact: true }).first().click();
    await page.getByPlaceholder('New parameter').fill(parameter);
    await page.locator('textarea').last().fill('hello');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await waitFor(async () => (await value()) === 'hello');
    await page.getByText(parameter, { exact: true }).click();
    await page.locator('textarea').last().fill('good day');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await waitFor(async () => (await value()) === 'good day');
    await page.locator('tr', { hasText: parameter }).locator('a').click();
    await page.getByText('Enter the parameter name to continue.').waitFor();
    await page.keyboard.type(parameter);
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await waitFor(async () => (await value()) === undefined);
  });

  it('says what is missing for push, and has no link to what leads nowhere', async () => {
    await page.goto(`${testServer().url}${APP}/push`);
    await page.getByText('Push is not set up', { exact: true }).waitFor();
    await page.goto(`${testServer().url}${APP}/browser/Tenant`);
    await page.locator('a[title="Tenant"]').waitFor();
    const links = await page.locator('a').evaluateAll((all) => all.map((link) => link.getAttribute('href') ?? ''));
    const hidden = ['/agent', '/browser/RefreshToken', '/browser/SelfTest', '/browser/DashboardConfig'];
    expect(links.filter((link) => hidden.some((end) => link.endsWith(end)))).toEqual([]);
    expect(links.some((link) => link.endsWith('/browser/AuditLog'))).toBe(true);
  });

  it.each([
    ['_User', 'email'],
    ['Tenant', 'name'],
    ['Purchase', 'order_id'],
  ])('shows of %s the column %s first', async (className, first) => {
    await page.goto(`${testServer().url}${APP}/browser/${className}`);
    const left = (head: string): Promise<number> =>
      page
        .getByText(head, { exact: true })
        .last()
        .evaluate((shown) => shown.getBoundingClientRect().left);
    await page.getByText('objectId', { exact: true }).waitFor();
    for (const other of ['objectId', 'createdAt', 'ACL']) expect(await left(first)).toBeLessThan(await left(other));
  });

  it('works without a request to another host, and without errors', () => {
    expect(faults).toEqual([]);
  });

  async function lastRunOf(jobName: string): Promise<unknown> {
    const where = encodeURIComponent(JSON.stringify({ jobName, status: 'succeeded' }));
    return (await parseRest('GET', `/classes/_JobStatus?where=${where}`, { masterKey: true })).body.results[0]?.message;
  }

  async function shoot(name: string): Promise<void> {
    const file = path.join(shots, `${name}.png`);
    await page.screenshot({ path: file });
    expect(statSync(file).size).toBeGreaterThan(10_000);
  }
});
