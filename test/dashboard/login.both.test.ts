import { ADMIN, adminToken, api, testServer, waitFor } from '../harness/app';

// On both databases: who may log in is read beside Parse, in each one's own language.
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
