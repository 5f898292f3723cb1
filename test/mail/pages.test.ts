import type { Browser, Page } from 'playwright-core';
import { describeWithBrowser, newPage, openBrowser, watchPage } from '../dashboard/browser';
import { api, testServer } from '../harness/app';
import { createPerson, logIn, PASSWORD } from '../factories/people';
import { linkIn, mailTo, resetToken } from './support';

jest.setTimeout(180_000);

// PostgreSQL only: the pages do not know the database; what is behind them is tested on both.
const NEW_PASSWORD = 'Another-horse-10';

describe('the pages of an account', () => {
  test.each(['/account/password', '/account/email'])(
    '%s is not kept, framed, scripted or told to others',
    async (path) => {
      const { status, headers, body } = await api('GET', `${path}?token=x`);
      expect([
        status,
        headers.get('cache-control'),
        headers.get('referrer-policy'),
        headers.get('x-frame-options'),
      ]).toEqual([400, 'no-store', 'no-referrer', 'DENY']);
      const policy = headers.get('content-security-policy')!;
      for (const rule of [
        "default-src 'none'",
        "style-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
      ])
        expect(policy).toContain(rule);
      expect(policy).not.toMatch(/unsafe|script-src/);
      expect(body).not.toMatch(/<script|style=|onclick/);
    },
  );

  test('show nothing of an address as HTML, and follow no redirect parameter', async () => {
    const evil = encodeURIComponent('"><script>alert(1)</script>');
    const { body, status } = await api(
      'GET',
      `/account/password?token=${evil}&redirect=https://evil.example.com&username=${evil}`,
    );
    expect([status, /<script|evil\.example/.test(body)]).toEqual([400, false]);
    const person = await createPerson();
    const form = new URLSearchParams({
      token: await resetToken(person.email),
      password: 'a',
      repeated: 'a',
      redirect: 'https://evil.example.com',
    });
    const posted = await api('POST', '/account/password', { body: form });
    expect([posted.status, posted.headers.get('location'), posted.body.includes('evil')]).toEqual([400, null, false]);
  });

  test.each([
    ['no token', {}],
    ['another method of naming it', { 'token[]': 'x' }],
    ['a long one', { token: 'x'.repeat(5000), password: NEW_PASSWORD, repeated: NEW_PASSWORD }],
  ])('open nothing with %s', async (_what, fields) => {
    const body = new URLSearchParams(fields as Record<string, string>);
    for (const path of ['/account/password', '/account/email']) {
      const answer = await api('POST', path, { body });
      expect([answer.status, answer.body.includes('This link opens nothing')]).toEqual([400, true]);
    }
  });

  test('refuse a form that is too large, and keep a link that is only looked at', async () => {
    const body = new URLSearchParams({ token: 'x'.repeat(10_000) });
    expect((await api('POST', '/account/password', { body })).status).toBe(413);
    const person = await createPerson();
    const token = await resetToken(person.email);
    for (let n = 0; n < 3; n += 1) expect((await api('GET', `/account/password?token=${token}`)).status).toBe(200);
    expect((await api('HEAD', `/account/password?token=${token}`)).status).toBe(200);
    await logIn(person.email, PASSWORD);
  });
});

describeWithBrowser('in a browser without scripts, as narrow as a telephone', () => {
  let browser: Browser;
  let page: Page;
  let faults: string[];

  beforeAll(async () => {
    browser = await openBrowser();
    page = await newPage(browser, { javaScriptEnabled: false, viewport: { width: 320, height: 640 } });
    faults = await watchPage(page, testServer().url);
  });
  afterAll(() => browser?.close());

  test('a new password is chosen, told what is wrong, and logs in', async () => {
    const person = await createPerson();
    await resetToken(person.email);
    await page.goto(linkIn(await mailTo(person.email)));
    await page.getByText('8 to 128 characters').waitFor();
    const send = async (password: string, repeated: string): Promise<void> => {
      await page.getByLabel('New password').fill(password);
      await page.getByLabel('The same once more').fill(repeated);
      await page.getByRole('button', { name: 'Set the new password' }).click();
    };
    await send(NEW_PASSWORD, 'something-else-1');
    await page.getByRole('alert').getByText('not the same').waitFor();
    await send(`x${person.email}x`, `x${person.email}x`);
    await page.getByRole('alert').getByText('does not fit').waitFor();
    // The narrow window shows everything.
    const { width } = (await page.locator('main').boundingBox())!;
    expect(width).toBeLessThanOrEqual(320);
    await send(NEW_PASSWORD, NEW_PASSWORD);
    await page.getByRole('heading', { name: 'Your password is changed' }).waitFor();
    await logIn(person.email, NEW_PASSWORD);
    await page.goto(linkIn(await mailTo(person.email)));
    await page.getByRole('heading', { name: 'This link opens nothing' }).waitFor();
  });

  test('an address is confirmed by a button', async () => {
    const person = await createPerson();
    await api('POST', '/api/auth/verify-email/resend', { body: { email: person.email } });
    await page.goto(linkIn(await mailTo(person.email)));
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.getByRole('heading', { name: 'Your address is confirmed' }).waitFor();
    expect((await api('GET', '/api/users/me', { token: person.token })).body.email_verified).toBe(true);
  });

  test('nothing was refused by the policy of the pages', () => {
    // A spent link answers 400, which the browser reports as well.
    expect(faults.filter((fault) => !fault.includes('status of 400'))).toEqual([]);
  });
});
