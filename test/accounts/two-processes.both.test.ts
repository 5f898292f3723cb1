import { createPerson, createTenant, logIn, PASSWORD, type Person } from '../factories/people';
import { join, setTenant } from '../tenants/support/tenants';
import { apiOf, startExtraServer, type ExtraServer } from '../frame/support/extra-server';
import { uniqueEmail } from '../factories/ids';
import { withDatabase } from './support';
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
  second = await startExtraServer({ ...database, PASSWORD_HASH_COST: '5' });
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

test.each([
  ['short', 'Correct-horse-9', ''],
  ['long', 'a'.repeat(100), 'sha384:'],
])('the hash of a %s password that is cheaper than new ones is made anew by a login', async (_what, password, mark) => {
  const costs = (cost: string): RegExp => new RegExp(`^${mark}[$]2[aby][$]${cost}[$]`);
  const email = uniqueEmail();
  const made = await api('POST', '/api/auth/register', { body: { email, password } });
  const hash = () => hashOf(made.body.user.id);
  const before = await hash();
  expect(before).toMatch(costs('04'));
  const logIn = (password: string, url = second.url) =>
    apiOf(url)('POST', '/api/auth/login', { body: { email, password } });
  expect((await logIn(`${password}!`)).status).toBe(401);
  expect(await hash()).toBe(before);
  expect((await logIn(password)).status).toBe(200);
  const dear = await hash();
  expect(dear).toMatch(costs('05'));
  // Never the other way.
  expect((await logIn(password, testServer().url)).status).toBe(200);
  expect((await logIn(password)).status).toBe(200);
  expect(await hash()).toBe(dear);
});

async function hashOf(userId: string): Promise<string> {
  return withDatabase({
    postgres: async (db) => {
      const { rows } = await db.query('select _hashed_password as hash from "_User" where "objectId" = $1', [userId]);
      return rows[0].hash as string;
    },
    mongo: async (db) => (await db.collection('_User').findOne({ _id: userId as never }))!['_hashed_password'],
  });
}
