import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { ADMIN, testServer } from '../harness/app';

export const APP = '/dashboard/apps/AppBackend';

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/** `describe`, or a visible skip where no browser is installed. */
export const describeWithBrowser = existsSync(CHROMIUM) ? describe : describe.skip;

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
  });
}

/** What a page waits for may take long on a machine that runs everything else as well. */
export async function newPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 }, ...options });
  page.setDefaultTimeout(60_000);
  return page;
}

export async function signIn(page: Page): Promise<void> {
  await page.goto(`${testServer().url}/dashboard`);
  await logIn(page, ADMIN.password);
  await page.waitForURL(/\/dashboard\/apps/);
}

/** On the page of the login. */
export async function logIn(page: Page, password: string): Promise<void> {
  await page.fill('input[name=username]', ADMIN.email);
  await page.fill('input[name=password]', password);
  await page.keyboard.press('Enter');
}

/** What the page complained about; requests to other hosts are refused, as on a machine without a network. */
export async function watchPage(page: Page, origin: string): Promise<string[]> {
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  await page.route('**', (route) => (isOwn(route.request().url(), origin) ? route.continue() : route.abort()));
  return faults;
}

function isOwn(url: string, origin: string): boolean {
  return url.startsWith(`${origin}/`) || /^(data|blob):/.test(url);
}
