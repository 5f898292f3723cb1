import { createPerson, createTenant, logIn, PASSWORD, type Person } from '../factories/people';
import { join, setTenant } from '../tenants/support/tenants';
import { apiOf, startExtraServer, type ExtraServer } from '../frame/support/extra-server';
import { adminToken, api, parseRest, testServer, waitFor } from '../harness/app';

/** What design 4 promises for another process. */
const WITHIN_MS = 5000;
const APP = { 'X-Parse-Application-Id': 'appbackend' };

let second: ExtraServer;

beforeAll(async () => {
  const { env } = testServer();
  const database: Record<string, string> = env['MONGODB_URL']
    ? { MONGODB_URL: env['MONGODB_URL'] }
    : { DATABASE_URI: env['DATABASE_URI']! };
  second = await startExtraServer(database);
});
afterAll(() => second.stop());

/** What a second web process on the same database serves to somebody: by the JWT and by the Parse session. */
async function servedBySecond({ token, sessionToken }: Person): Promise<boolean[]> {
  const call = apiOf(second.url);
  const parse = { ...APP, 'X-Parse-Session-Token': sessionToken };
  const graphql = { method: 'POST', route: '/graphql', headers: parse, body: { query: '{ viewer { sessionToken } }' } };
  const answers = await Promise.all([
    call('GET', '/api/users/me', { token }),
    call('GET', '/api/users/me', { headers: { 'X-Parse-Session-Token': sessionToken } }),
    call('GET', '/parse/users/me', { headers: parse }),
    call('POST', '/parse/functions/getUser', { headers: parse, body: { user_id: 'me' } }),
    call(graphql.method, graphql.route, { headers: graphql.headers, body: graphql.body }),
  ]);
  return answers.map(({ status, body }) => status === 200 && !body.errors);
}

const ENDINGS: [string, (who: Person) => Promise<unknown>][] = [
  ['logout', ({ token }) => api('POST', '/api/auth/logout', { token })],
  ['logout of everything in another session', async ({ email }) => logOutEverywhere(email)],
  ['logout by Parse', ({ sessionToken }) => parseRest('POST', '/logout', { sessionToken })],
  ['a new password set elsewhere', async ({ email }) => changePassword(await logIn(email))],
  ['suspension of the account', async ({ id }) => setStatus(id, 'suspended')],
  ['closing of the account', async ({ id }) => api('DELETE', `/api/users/${id}`, { token: await adminToken() })],
  ['suspension of the tenant', async (person) => suspendTenantOf(person)],
];

test.each(ENDINGS)('%s in one process is known in another within five seconds', async (_what, end) => {
  const person = await createPerson();
  // Now the second process has everything about the session in its caches.
  expect(await servedBySecond(person)).toEqual([true, true, true, true, true]);
  await end(person);
  await waitFor(async () => !(await servedBySecond(person)).includes(true), { timeoutMs: WITHIN_MS });
});

test('a role given in one process is known in another within five seconds', async () => {
  const person = await createPerson();
  const list = async (): Promise<number> =>
    (await apiOf(second.url)('GET', '/api/users?limit=1', { token: person.token })).status;
  expect(await list()).toBe(403);
  const token = await adminToken();
  await api('PUT', `/api/users/${person.id}`, { token, body: { roles: ['admin'] } });
  await waitFor(async () => (await list()) === 200, { timeoutMs: WITHIN_MS });
  await api('PUT', `/api/users/${person.id}`, { token, body: { roles: [] } });
  await waitFor(async () => (await list()) === 403, { timeoutMs: WITHIN_MS });
});

async function logOutEverywhere(email: string): Promise<void> {
  const { token } = await logIn(email);
  await api('POST', '/api/auth/logout', { token, body: { all: true } });
}

async function changePassword({ token }: Person): Promise<void> {
  const body = { current_password: PASSWORD, password: 'Another-horse-9' };
  const { status } = await api('PUT', '/api/users/me', { token, body });
  expect(status).toBe(200);
}

async function setStatus(id: string, status: string): Promise<void> {
  await api('PUT', `/api/users/${id}`, { token: await adminToken(), body: { status } });
}

async function suspendTenantOf(person: Person): Promise<void> {
  const tenantId = await createTenant();
  await join(tenantId, person, 'member');
  await setTenant(tenantId, { status: 'suspended' });
}
