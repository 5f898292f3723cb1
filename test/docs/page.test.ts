import type { Browser } from 'playwright-core';
import { describeWithBrowser, newPage, openBrowser, watchPage } from '../dashboard/browser';
import { testServer } from '../harness/app';

jest.setTimeout(180_000);

describeWithBrowser('the API page in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());

  it('shows the operations without a network and without an error of its content security policy', async () => {
    const page = await newPage(browser);
    const faults = await watchPage(page, testServer().url);
    await page.goto(`${testServer().url}/api-docs`);
    await page.getByText('Authentication', { exact: true }).click();
    await page.getByText('/api/auth/login', { exact: false }).first().click();
    await page.getByText('Log in with email or username and password').first().waitFor();
    expect(faults).toEqual([]);
  });
});
