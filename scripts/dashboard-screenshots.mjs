// Renews the pictures of docs/dashboard.md: `npm start` in one terminal, then, with the admin's password,
//   ADMIN_PASSWORD=… node scripts/dashboard-screenshots.mjs [http://localhost:3000]
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { chromium } from 'playwright-core';

const origin = process.argv[2] ?? 'http://localhost:3000';
const { ADMIN_EMAIL = 'admin@example.com', ADMIN_PASSWORD, CHROMIUM_PATH = '/usr/bin/chromium' } = process.env;
if (!ADMIN_PASSWORD) throw new Error('ADMIN_PASSWORD: set the password of the administrator.');
const folder = path.resolve(import.meta.dirname, '../docs/images');

const browser = await chromium.launch({ executablePath: CHROMIUM_PATH, args: ['--no-sandbox', '--disable-gpu'] });
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
await mkdir(folder, { recursive: true });

await page.goto(`${origin}/dashboard`);
await page.fill('input[name=username]', ADMIN_EMAIL);
await page.fill('input[name=password]', ADMIN_PASSWORD);
await page.keyboard.press('Enter');
await page.waitForURL(/\/dashboard\/apps/);

/** By name: the path of the page, what is there when it is complete, and what is clicked then. */
const PICTURES = {
  home: ['', 'text=total users'],
  users: ['browser/_User', 'text=admin@example.com', 'text=/^\\d+ objects$/'],
  purchases: ['browser/Purchase', 'text=USD', 'text=/objects$/'],
  'create-class': ['browser/Product', 'text=/^\\d+ objects$/', async () => page.getByText('Create a class').click()],
  permissions: ['browser/Product', 'text=/^\\d+ objects$/', openPermissions],
  view: ['views/Retention%20by%20month', 'text=Month 1 %'],
  'cloud-code': ['cloud_code', 'text=getUserAnalytics'],
  logs: ['logs/info', 'text=The worker takes jobs'],
  jobs: ['jobs/all', 'text=cleanupJobs'],
  config: ['config', 'text=Create a parameter'],
  push: ['push/new', 'text=Push is not set up'],
};

/**
 * Much text makes large files: of some pages the upper part says enough.
 * @type {Record<string, number>}
 */
const HEIGHTS = { logs: 480, purchases: 520 };

for (const [name, [route, ...steps]] of Object.entries(PICTURES)) {
  await page.goto(`${origin}/dashboard/apps${route && `/AppBackend/${route}`}`);
  for (const step of steps) await (typeof step === 'string' ? page.locator(step).first().waitFor() : step());
  // Dialogs slide in, and counts of the sidebar come one by one.
  await page.waitForTimeout(1500);
  const clip = { x: 0, y: 0, width: 1280, height: HEIGHTS[name] ?? 800 };
  await page.screenshot({ path: path.join(folder, `dashboard-${name}.png`), clip });
  process.stdout.write(`docs/images/dashboard-${name}.png\n`);
}
await browser.close();

async function openPermissions() {
  await page.getByText('Security', { exact: true }).click();
  await page.getByText('Class Level Permissions', { exact: true }).click();
}
