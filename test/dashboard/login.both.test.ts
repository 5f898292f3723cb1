import { createPerson } from '../factories/people';
import { startExtraServer, type ExtraServer } from '../frame/support/extra-server';
import { ADMIN, adminToken, api, testServer, waitFor } from '../harness/app';
import { cookiesOf, formLogin, sendForm } from './form-login';

// On both databases: who may log in is read beside Parse, in each one's own language.
describe('the login of the dashboard', () => {
  it('gives its configuration, with the master key, to nobody who is not signed in', async () => {
    const answer = await api('GET', '/dashboard/parse-dashboard-config.json');
    expect(answer.status).toBe(401);
    expect(JSON.stringify(answer.body)).not.toContain(testServer().masterKey);
  });

  it('lets nobody in who is not an admin, with the right password too', async () => {
    const { email, password } = await createPerson();
    expect(await formLogin(email, password)).toBe('/dashboard/login');
    expect(await formLogin(ADMIN.email, 'not-the-password')).toBe('/dashboard/login');
    expect(await formLogin(ADMIN.email, ADMIN.password)).toBe('/dashboard/apps');
  });

  it('is closed to an admin who was suspended, within seconds', async () => {
    const token = await adminToken();
    const account = await createPerson({ roles: ['admin'] });
    const logsIn = async (): Promise<boolean> =>
      (await formLogin(account.email, account.password)) === '/dashboard/apps';
    await waitFor(logsIn, { everyMs: 500 });
    await api('PUT', `/api/users/${account.id}`, { token, body: { status: 'suspended' } });
    await waitFor(async () => !(await logsIn()), { everyMs: 500 });
  });
});

describe('a session of the dashboard', () => {
  let second: ExtraServer;

  beforeAll(async () => {
    const { env } = testServer();
    const mongo = env['MONGODB_URL'];
    second = await startExtraServer(mongo ? { MONGODB_URL: mongo } : { DATABASE_URI: env['DATABASE_URI']! });
  });
  afterAll(() => second.stop());

  it('made in one process is known in another', async () => {
    const cookie = await signIn(ADMIN);
    expect([await statusOf(testServer().url, cookie), await statusOf(second.url, cookie)]).toEqual([200, 200]);
    await fetch(`${testServer().url}/dashboard/logout`, { headers: { cookie }, redirect: 'manual' });
    expect([await statusOf(testServer().url, cookie), await statusOf(second.url, cookie)]).toEqual([401, 401]);
  });

  it('ends when its admin is suspended, loses the role or gets another password', async () => {
    const token = await adminToken();
    const changes = [{ status: 'suspended' }, { roles: [] }, { password: 'Another-pass-5678' }];
    // Side by side: each waits for the list of admins to be read again.
    await Promise.all(
      changes.map(async (change) => {
        const account = await createPerson({ roles: ['admin'] });
        const cookie = await waitFor(() => signIn(account), { everyMs: 500, timeoutMs: 30_000 });
        expect(await statusOf(testServer().url, cookie)).toBe(200);
        expect((await api('PUT', `/api/users/${account.id}`, { token, body: change })).status).toBe(200);
        for (const { url } of [testServer(), second]) {
          await waitFor(async () => (await statusOf(url, cookie)) === 401, { everyMs: 500, timeoutMs: 30_000 });
        }
      }),
    );
  });
});

/** The page's configuration holds the master key: 200 for who is signed in. */
async function statusOf(url: string, cookie: string): Promise<number> {
  return (await fetch(`${url}/dashboard/parse-dashboard-config.json`, { headers: { cookie } })).status;
}

/** @returns the cookie; '' for who is not let in */
async function signIn({ email, password }: { email: string; password: string }): Promise<string> {
  const answer = await sendForm(email, password);
  return answer.headers.get('location') === '/dashboard/apps' ? cookiesOf(answer) : '';
}
