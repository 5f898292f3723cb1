import { api, parseRest, type ParseOptions } from '../harness/app';
import { probe, withDatabase } from './support';
import { uniqueEmail } from '../factories/ids';
import { createPerson, logIn, PASSWORD } from '../factories/people';

const SIGN_UPS = ['/users', '/classes/_User'];

async function userRow(id: string): Promise<Record<string, any>> {
  return (await parseRest('GET', `/users/${id}`, { masterKey: true })).body;
}

describe.each(SIGN_UPS)('sign-up through %s', (route) => {
  test('gives a plain, private account of the default tenant', async () => {
    const username = uniqueEmail();
    const made = await parseRest('POST', route, { body: { username: username.toUpperCase(), password: PASSWORD } });
    expect(made.status).toBe(201);
    const row = await userRow(made.body.objectId);
    expect(row).toMatchObject({ username, email: username, type: 'self', status: 'active' });
    expect(row['tenant'].objectId).toBeTruthy();
    expect(row['ACL']).toEqual({
      [made.body.objectId]: { read: true, write: true },
      'role:admin': { read: true, write: true },
    });
    await logIn(username);
  });

  test.each([
    [{ status: 'suspended' }],
    [{ type: 'internal' }],
    [{ tenant: { __type: 'Pointer', className: 'Tenant', objectId: 'x' } }],
    [{ ACL: { '*': { read: true, write: true } } }],
    [{ roles: ['admin'] }],
    [{ emailVerified: true }],
    [{ stripe_customer_id: 'cus_1' }],
    [{ payment_status: 'paid' }],
    [{ name: { $ne: 1 } }],
    [{ name: 'x'.repeat(201) }],
  ])('refuses %j', async (extra) => {
    const body = { username: uniqueEmail(), password: PASSWORD, ...extra };
    expect((await parseRest('POST', route, { body })).status).toBe(400);
  });

  test('refuses short and long passwords', async () => {
    for (const password of ['short', 'x'.repeat(129)]) {
      expect((await parseRest('POST', route, { body: { username: uniqueEmail(), password } })).status).toBe(400);
    }
  });
});

/** Parse drops these without a word; what counts is that nothing of them arrives. */
const DROPPED = [
  { _hashed_password: '$2y$10$vI0dl6CY7pktfNt/vd./9.WMpw.0BCt7.itIPRTTs30oYIetAyCwe' },
  { _rperm: ['*'] },
  { _failed_login_count: -1000 },
];

describe('an own account', () => {
  const FORBIDDEN = [
    { status: 'suspended' },
    { type: 'enterprise' },
    { tenant: { __type: 'Pointer', className: 'Tenant', objectId: 'x' } },
    { ACL: { '*': { read: true, write: true } } },
    { deleted_at: { __type: 'Date', iso: '2026-01-01T00:00:00.000Z' } },
    { stripe_customer_id: 'cus_1' },
  ];

  test.each(['/users', '/classes/_User'])('keeps what is not its own through %s', async (route) => {
    const person = await createPerson();
    const before = await userRow(person.id);
    for (const body of FORBIDDEN) {
      const answer = await parseRest('PUT', `${route}/${person.id}`, { sessionToken: person.sessionToken, body });
      expect(answer.status).toBe(400);
    }
    expect(await userRow(person.id)).toEqual(before);
    for (const body of DROPPED)
      await parseRest('PUT', `${route}/${person.id}`, { sessionToken: person.sessionToken, body });
    expect(await userRow(person.id)).toEqual({ ...before, updatedAt: expect.any(String) });
    await logIn(person.email);
  });

  test('keeps it through batch and GraphQL', async () => {
    const person = await createPerson();
    const batch = await parseRest('POST', '/batch', {
      sessionToken: person.sessionToken,
      body: { requests: FORBIDDEN.map((body) => ({ method: 'PUT', path: `/parse/users/${person.id}`, body })) },
    });
    expect(batch.body.every((entry: { error?: unknown }) => entry.error)).toBe(true);
    const query = `mutation { updateUser(input: {id: "${person.id}", fields: {status: "suspended"}}) { user { objectId } } }`;
    const graph = await api('POST', '/graphql', {
      headers: { 'X-Parse-Application-Id': 'appbackend', 'X-Parse-Session-Token': person.sessionToken },
      body: { query },
    });
    expect(graph.body.errors).toBeTruthy();
    expect((await userRow(person.id))['status']).toBe('active');
  });

  test('may be written by nobody else, and is seen by nobody else', async () => {
    const [person, other] = [await createPerson(), await createPerson()];
    const options = { sessionToken: other.sessionToken };
    expect((await parseRest('PUT', `/users/${person.id}`, { ...options, body: { name: 'x' } })).status).toBe(400);
    expect((await parseRest('GET', `/users/${person.id}`, options)).status).toBe(404);
    const seen = async (caller: ParseOptions) =>
      (await parseRest('GET', '/users', caller)).body.results.map(({ objectId }: { objectId: string }) => objectId);
    expect(await seen(options)).not.toContain(person.id);
    expect(await seen({})).toEqual([]);
    expect((await parseRest('DELETE', `/users/${person.id}`, options)).status).toBe(400);
  });

  test('a new password through Parse ends the JWT and the sessions', async () => {
    const person = await createPerson();
    expect(await probe(person.token)).toBe(200);
    const body = { password: 'Another-horse-9' };
    const changed = await parseRest('PUT', `/users/${person.id}`, { sessionToken: person.sessionToken, body });
    expect(changed.status).toBe(200);
    expect(await probe(person.token)).toBe(401);
    expect((await parseRest('GET', '/users/me', { sessionToken: person.sessionToken })).status).toBe(400);
    expect((await api('POST', '/api/auth/refresh', { body: { refresh_token: person.refreshToken } })).status).toBe(401);
  });

  test('a session deleted through Parse takes its refresh token along', async () => {
    const person = await createPerson();
    const sessions = await parseRest('GET', '/sessions', { sessionToken: person.sessionToken });
    for (const { objectId } of sessions.body.results) {
      await parseRest('DELETE', `/sessions/${objectId}`, { sessionToken: person.sessionToken });
    }
    expect((await api('POST', '/api/auth/refresh', { body: { refresh_token: person.refreshToken } })).status).toBe(401);
  });
});

test('refresh tokens are closed to clients, administrators included', async () => {
  const admin = await createPerson({ roles: ['super_admin'] });
  const options = { sessionToken: admin.sessionToken };
  const made = await parseRest('POST', '/classes/RefreshToken', { ...options, body: { family: 'x' } });
  expect([made.status, made.body.code]).toEqual([400, 119]);
  expect((await parseRest('GET', '/classes/RefreshToken', options)).status).toBe(400);
});

test('no refresh token and no password lies in the database in the clear', async () => {
  const person = await createPerson();
  const text = await withDatabase({
    postgres: async (db) =>
      JSON.stringify([
        (await db.query('select * from "RefreshToken" where "user" = $1', [person.id])).rows,
        (await db.query('select * from "_User" where "objectId" = $1', [person.id])).rows,
      ]),
    mongo: async (db) =>
      JSON.stringify([
        await db
          .collection('RefreshToken')
          .find({ _p_user: `_User$${person.id}` })
          .toArray(),
        await db.collection<{ _id: string }>('_User').findOne({ _id: person.id }),
      ]),
  });
  expect(text).not.toContain(person.refreshToken);
  expect(text).not.toContain(PASSWORD);
});
