import path from 'node:path';
import { uniqueEmail, uniqueName } from '../factories/ids';
import { PASSWORD } from '../factories/people';
import { startExtraServer, type ExtraServer } from '../frame/support/extra-server';
import { ADMIN, type Answer } from '../harness/app';

const NEW_PASSWORD = 'Another-horse-9';

let server: ExtraServer;
beforeAll(async () => {
  server = await startExtraServer({ HOST_CLOUD_CODE: path.join(__dirname, 'fixtures/host-watch.cjs') });
});
afterAll(() => server.stop());

const parse = (method: string, route: string, { session, body }: { session?: string; body?: object } = {}) =>
  server.api(method, route, {
    ...(body ? { body } : {}),
    headers: {
      'X-Parse-Application-Id': server.env.PARSE_APP_ID ?? 'appbackend',
      ...(session ? { 'X-Parse-Session-Token': session } : { 'X-Parse-Master-Key': server.env.PARSE_MASTER_KEY! }),
    },
  });
const run = async <T>(name: string, body: object = {}): Promise<T> =>
  (await parse('POST', `/parse/functions/${name}`, { body })).body.result as T;
const logIn = (email: string, password: string): Promise<Answer> =>
  server.api('POST', '/api/auth/login', { body: { email, password } });
const adminSession = async (): Promise<string> => (await logIn(ADMIN.email, ADMIN.password)).body.session_token;

const purchase = (): Record<string, unknown> => ({
  order_id: uniqueName('o'),
  total: 1,
  currency: 'USD',
  purchased_at: { __type: 'Date', iso: new Date().toISOString() },
});
const save = () => ({ method: 'POST', path: '/parse/classes/Purchase', body: purchase() });
const CREATE = `createPurchase(input: { fields: { order_id: "${uniqueName('o')}", total: 1, currency: "USD", purchased_at: "2024-01-01T00:00:00Z" } })
  { purchase { order_id } }`;

const REQUESTS: Record<string, (session: string) => Promise<Answer>> = {
  'GET /api': (session) => parse('GET', '/api/users/me', { session }),
  'a cloud function': (session) => parse('POST', '/parse/functions/getUser', { session, body: { user_id: 'me' } }),
  'a save with triggers': (session) => parse('POST', '/parse/classes/Purchase', { session, body: purchase() }),
  'a batch of five': (session) =>
    parse('POST', '/parse/batch', { session, body: { requests: [save(), save(), save(), save(), save()] } }),
  'a save by GraphQL': (session) => parse('POST', '/graphql', { session, body: { query: `mutation { ${CREATE} }` } }),
};

it.each(Object.keys(REQUESTS))('looks the caller up once for %s', async (name) => {
  const session = await adminSession();
  const seen = await run<string[]>('lookUps');
  const { status, body } = await REQUESTS[name]!(session);
  expect([status, JSON.stringify(body)]).toEqual([
    name.startsWith('a save with') ? 201 : 200,
    expect.not.stringMatching(/"errors?"/),
  ]);
  const now = await run<string[]>('lookUps');
  expect(now.slice(seen.length).filter((key) => key === session)).toHaveLength(1);
});

it('refuses what comes after a sign-out within one request', async () => {
  const session = await adminSession();
  const query = `mutation { logOut(input: {}) { ok } ${CREATE} }`;
  const { body } = await parse('POST', '/graphql', { session, body: { query } });
  expect(body).toMatchObject({
    data: { logOut: { ok: true }, createPurchase: null },
    errors: [{ extensions: { code: 209 } }],
  });
});

const LOGINS: Record<string, (email: string) => Promise<unknown>> = {
  'POST /api/auth/login': async (email) => (await logIn(email, PASSWORD)).status,
  'POST /parse/login': async (email) =>
    (await parse('POST', '/parse/login', { body: { username: email, password: PASSWORD } })).body.code,
  'GraphQL logIn': async (email) => {
    const query = `mutation { logIn(input: { username: "${email}", password: "${PASSWORD}" }) { viewer { sessionToken } } }`;
    return (await parse('POST', '/graphql', { body: { query } })).body.errors?.[0]?.extensions.code;
  },
};

it.each([
  ['POST /api/auth/login', 401],
  ['POST /parse/login', 101],
  ['GraphQL logIn', 101],
])('leaves no session of the old password when it is changed during %s', async (door, refusal) => {
  const email = uniqueEmail();
  const made = await server.api('POST', '/api/auth/register', { body: { email, password: PASSWORD } });
  const userId = made.body.user.id as string;
  await run('changePasswordAtLogin', { userId, password: NEW_PASSWORD });
  expect(await LOGINS[door]!(email)).toBe(refusal);
  const where = encodeURIComponent(
    JSON.stringify({ user: { __type: 'Pointer', className: '_User', objectId: userId } }),
  );
  expect((await parse('GET', `/parse/sessions?where=${where}`)).body.results).toEqual([]);
  expect((await logIn(email, NEW_PASSWORD)).status).toBe(200);
});
