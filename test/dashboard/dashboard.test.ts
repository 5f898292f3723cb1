import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { ADMIN, parseFn, testServer } from '../harness/app';
import { describeWithBrowser, openBrowser, watchPage } from './browser';
import { importPurchases } from './purchases';

const APP = '/dashboard/apps/AppBackend';

beforeAll(importPurchases);

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
  afterAll(async () => {
    await browser?.close();
    // TEST_KEEP=1 leaves the pictures for looking at.
    if (!process.env.TEST_KEEP) rmSync(shots, { recursive: true, force: true });
  });

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

  it('works without a request to another host, and without errors', () => {
    expect(faults).toEqual([]);
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
