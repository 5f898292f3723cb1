import { randomBytes } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { parseRest, testServer, waitFor } from '../harness/app';
import { APP, describeWithBrowser, newPage, openBrowser, signIn, watchPage } from './browser';

const MASTER = { masterKey: true } as const;
/** Status and code of Parse's refusal. */
const CLOSED = [400, 119];

jest.setTimeout(180_000);

// One story on one page: each step stands on the one before.
describeWithBrowser('an administrator in Parse Dashboard', () => {
  const className = `Recipe${randomBytes(4).toString('hex')}`;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    browser = await openBrowser();
    page = await newPage(browser);
    await watchPage(page, testServer().url);
    await signIn(page);
  });
  afterAll(() => browser?.close());

  it('makes a class, which is closed', async () => {
    await openClass('Tenant');
    await page.getByText('Create a class', { exact: true }).click();
    await page.getByPlaceholder('Give it a good name...').fill(className);
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await page.waitForURL(`**/browser/${className}`);
    expect(await asStranger()).toEqual(CLOSED);
    expect(await columns()).not.toHaveProperty('title');
  });

  it('adds columns', async () => {
    for (const name of ['title', 'note']) {
      await fromMenu('Add a column');
      await page.getByPlaceholder('Give it a good name...').fill(name);
      await page.getByRole('button', { name: 'Add', exact: true }).click();
      await waitFor(async () => name in (await columns()));
    }
  });

  it('opens the class to everybody, and closes it again', async () => {
    await togglePublic(['Read', 'Write']);
    await waitFor(async () => (await asStranger())[0] === 200);
    await togglePublic(['Read', 'Write']);
    await waitFor(async () => (await asStranger())[0] !== 200);
    expect(await asStranger()).toEqual(CLOSED);
  });

  it('adds a row and changes it, and the counts are right everywhere', async () => {
    await page.getByText('Add Row', { exact: true }).click();
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await waitFor(async () => (await countOf(className)) === 1);
    await page.getByText('(undefined)', { exact: true }).first().dblclick();
    await page.keyboard.type('Soup');
    await page.keyboard.press('Enter');
    await waitFor(async () => {
      const { body } = await parseRest('GET', `/classes/${className}`, MASTER);
      return body.results[0].title === 'Soup';
    });
    await openClass(className);
    await page.getByText('Soup', { exact: true }).waitFor();
    await page.locator('text=/^1 objects?$/').first().waitFor();
    // The list of classes beside it.
    for (const name of [className, '_User', 'Tenant']) {
      const shown = page.locator(`a[title="${name}"] + span`);
      const count = String(await countOf(name));
      await waitFor(async () => (await shown.innerText()) === count);
    }
    await page.goto(`${testServer().url}/dashboard/apps`);
    const users = page.getByText('total users', { exact: true }).locator('xpath=preceding-sibling::*');
    const total = String(await countOf('_User'));
    await waitFor(async () => (await users.innerText()) === total);
  });

  it('drops a column, the rows and the class', async () => {
    await openClass(className);
    await page.getByText('Soup', { exact: true }).waitFor();
    await fromMenu('Delete a column');
    await page.getByText('Select a column', { exact: true }).click();
    await page.getByText('note', { exact: true }).last().click();
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await waitFor(async () => !('note' in (await columns())));
    await fromMenu('Delete all rows');
    await confirmWith('delete all');
    await waitFor(async () => (await countOf(className)) === 0);
    await fromMenu('Delete this class');
    await confirmWith(className);
    await waitFor(async () => (await parseRest('GET', `/schemas/${className}`, MASTER)).status === 400);
  });

  it('reads why a class of ours cannot be dropped', async () => {
    const before = await countOf('Tenant');
    await openClass('Tenant');
    await fromMenu('Delete this class');
    await confirmWith('Tenant');
    await page.getByText('Tenant belongs to AppBackend: it cannot be dropped.').waitFor();
    expect(await countOf('Tenant')).toBe(before);
  });

  /** Ready when its count is there: until then the toolbar does not answer. */
  async function openClass(name: string): Promise<void> {
    await page.goto(`${testServer().url}${APP}/browser/${name}`);
    await page.locator('text=/^[\\d.k,]+ objects?$/').first().waitFor();
  }

  async function fromMenu(item: string): Promise<void> {
    await page.getByText('Edit', { exact: true }).click();
    await page.getByText(item, { exact: true }).last().click();
  }

  async function confirmWith(text: string): Promise<void> {
    await page.getByText('Confirm this action').waitFor();
    await page.keyboard.type(text);
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
  }

  /** On a fresh page: until the answer to the last change is worked in, the dialog opens with what was before it. */
  async function togglePublic(rights: readonly string[]): Promise<void> {
    await openClass(className);
    await page.getByText('Security', { exact: true }).click();
    await page.getByText('Class Level Permissions', { exact: true }).click();
    const row = page.getByText('Public', { exact: true }).locator('xpath=..');
    for (const right of rights) {
      await row.getByText(right, { exact: true }).locator('xpath=following-sibling::*').click();
    }
    await page.getByRole('button', { name: 'Save CLP' }).click();
    await row.waitFor({ state: 'detached' });
  }

  async function asStranger(): Promise<[number, number | undefined]> {
    const { status, body } = await parseRest('GET', `/classes/${className}`);
    return [status, body.code];
  }

  async function columns(): Promise<Record<string, unknown>> {
    return (await parseRest('GET', `/schemas/${className}`, MASTER)).body.fields;
  }
});

async function countOf(className: string): Promise<number> {
  return (await parseRest('GET', `/classes/${className}?count=1&limit=0`, MASTER)).body.count;
}
