import { randomUUID } from 'node:crypto';
import { adminToken, api, parseFn } from '../harness/app';
import { probe, refresh } from './support';
import { uniqueEmail } from '../factories/ids';
import { createPerson, logIn, PASSWORD } from '../factories/people';

const put = (token: string, id: string, body: object) => api('PUT', `/api/users/${id}`, { token, body });

describe('reading accounts', () => {
  test('people read themselves, by id and as "me"; admins read anybody', async () => {
    const [person, other] = [await createPerson(), await createPerson()];
    expect((await api('GET', `/api/users/${person.id}`, { token: person.token })).body.email).toBe(person.email);
    expect((await api('GET', '/api/users/me', { token: person.token })).body.id).toBe(person.id);
    expect((await parseFn('getUser', { user_id: 'me' }, { sessionToken: person.sessionToken })).body.result.id).toBe(
      person.id,
    );
    expect((await api('GET', `/api/users/${other.id}`, { token: person.token })).status).toBe(403);
    expect((await api('GET', `/api/users/${other.id}`)).status).toBe(401);
    const token = await adminToken();
    expect((await api('GET', `/api/users/${other.id}`, { token })).status).toBe(200);
    expect((await api('GET', '/api/users/nobody1234', { token })).status).toBe(404);
  });

  test('the list is for admins, and pages, searches, filters and sorts', async () => {
    const mark = randomUUID().slice(0, 8);
    for (const name of ['c', 'a', 'b']) await createPerson({ name: `${name}.${mark}`, company: 'x' });
    const token = await adminToken();
    const list = async (query: string) => (await api('GET', `/api/users?${query}`, { token })).body;
    const all = await list(`q=${mark}&sort=name`);
    expect(all.users.map((user: { name: string }) => user.name[0])).toEqual(['a', 'b', 'c']);
    expect(all).toMatchObject({ total: 3, page: 1, limit: 20 });
    const second = await list(`q=${mark}&sort=-name&limit=2&page=2`);
    expect(second.users.map((user: { name: string }) => user.name[0])).toEqual(['a']);
    expect((await list(`q=${mark}&status=suspended`)).total).toBe(0);
    // A pattern of the database is a text like any other.
    expect((await list(`q=${encodeURIComponent(`.*${mark}`)}`)).total).toBe(0);
    expect((await api('GET', '/api/users?limit=101', { token })).status).toBe(400);
    expect((await api('GET', '/api/users', { token: (await createPerson()).token })).status).toBe(403);
  });
});

describe('making accounts', () => {
  test('support makes plain accounts and nothing more', async () => {
    const support = await createPerson({ roles: ['support'] });
    const make = (extra: object) =>
      api('POST', '/api/users', { token: support.token, body: { email: uniqueEmail(), password: PASSWORD, ...extra } });
    expect((await make({ name: 'Plain' })).status).toBe(201);
    for (const extra of [{ roles: ['analyst'] }, { type: 'internal' }, { status: 'suspended' }, { tenant: 'abc' }]) {
      expect((await make(extra)).status).toBe(403);
    }
    expect((await api('POST', '/api/users', { token: (await createPerson()).token, body: {} })).status).toBe(403);
  });

  test.each(['support', 'sales'] as const)(
    '%s reads whom it made, and of others not even whether they exist',
    async (role) => {
      const [maker, other, stranger] = [
        await createPerson({ roles: [role] }),
        await createPerson({ roles: [role] }),
        await createPerson(),
      ];
      const body = { email: uniqueEmail(), password: PASSWORD };
      const { id } = (await api('POST', '/api/users', { token: maker.token, body })).body;
      const read = async (who: string, whom: string) => (await api('GET', `/api/users/${whom}`, { token: who })).status;
      expect(await read(maker.token, id)).toBe(200);
      expect((await parseFn('getUser', { user_id: id }, { sessionToken: maker.sessionToken })).body.result.email).toBe(
        body.email,
      );
      expect([await read(other.token, id), await read(maker.token, stranger.id)]).toEqual([404, 404]);
      expect([await read(maker.token, 'nobody1234'), await read(maker.token, 'me')]).toEqual([404, 200]);
      expect((await put(maker.token, id, { name: 'Mine' })).status).toBe(403);
    },
  );

  test('an admin grants staff roles, only a super admin grants administrators', async () => {
    const admin = await createPerson({ roles: ['admin'] });
    const make = (token: string, roles: string[]) =>
      api('POST', '/api/users', { token, body: { email: uniqueEmail(), password: PASSWORD, roles } });
    expect((await make(admin.token, ['analyst', 'tenant:member'])).body.roles).toEqual(['analyst', 'tenant:member']);
    expect((await make(admin.token, ['admin'])).status).toBe(403);
    expect((await make(admin.token, ['super_admin'])).status).toBe(403);
    expect((await make(await adminToken(), ['admin'])).body.roles).toEqual(['admin']);
    expect((await make(admin.token, ['tenant:member', 'tenant:admin'])).status).toBe(400);
  });

  test('a taken address is a conflict, a repeated key is answered once', async () => {
    const body = { email: uniqueEmail(), password: PASSWORD };
    const headers = { 'Idempotency-Key': randomUUID() };
    const token = await adminToken();
    const first = await api('POST', '/api/users', { token, body, headers });
    expect((await api('POST', '/api/users', { token, body, headers })).body).toEqual(first.body);
    expect((await api('POST', '/api/users', { token, body })).status).toBe(409);
  });
});

describe('changing accounts', () => {
  test('people change their profile; null clears a field', async () => {
    const person = await createPerson({ name: 'Before', company: 'Gone' });
    const said = { country: 'NO', mobile_number: '+47 12345678', revenue_range: '1-10' };
    const { body } = await put(person.token, person.id, { name: 'After', company: null, ...said });
    expect(body).toMatchObject({ name: 'After', company: null, ...said });
    expect((await api('GET', '/api/users/me', { token: person.token })).body).toMatchObject(said);
  });

  test.each([{ email: 'new' }, { username: 'new' }])(
    'a new login name (%j) needs the current password',
    async (kind) => {
      const person = await createPerson({ username: `name-${randomUUID()}` });
      const value = 'email' in kind ? uniqueEmail() : `name-${randomUUID()}`;
      const change = { [Object.keys(kind)[0]!]: value };
      const answers = [
        await put(person.token, 'me', change),
        await put(person.token, 'me', { ...change, current_password: 'wrong-one' }),
        await put(person.token, 'me', { ...change, current_password: PASSWORD }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([400, 401, 200]);
      // What does not change asks for nothing, and administrators are not asked.
      expect((await put(person.token, 'me', { ...change, name: 'Same' })).status).toBe(200);
      expect((await put(await adminToken(), person.id, { email: uniqueEmail() })).status).toBe(200);
    },
  );

  test('an address that was the username takes it along, and a taken one is a conflict', async () => {
    const [person, other] = [await createPerson(), await createPerson()];
    const email = uniqueEmail();
    const change = (body: object) => put(person.token, person.id, { ...body, current_password: PASSWORD });
    expect((await change({ email: email.toUpperCase() })).body).toMatchObject({ email, username: email });
    expect((await change({ email: other.email })).status).toBe(409);
    await logIn(email);
  });

  test.each([[{ roles: ['admin'] }], [{ roles: [] }], [{ status: 'active' }], [{ type: 'internal' }]])(
    'people may not set %j',
    async (body) => {
      const person = await createPerson();
      expect((await put(person.token, person.id, body)).status).toBe(403);
    },
  );

  test('a new password needs the current one and ends the other sessions, not this one', async () => {
    const person = await createPerson();
    const other = await logIn(person.email);
    const password = 'Another-horse-9';
    expect((await put(person.token, 'me', { password })).status).toBe(400);
    expect((await put(person.token, 'me', { password, current_password: 'wrong-one' })).status).toBe(401);
    expect((await put(person.token, 'me', { password, current_password: PASSWORD })).status).toBe(200);
    expect([await probe(other.token), await probe(person.token)]).toEqual([401, 200]);
    expect((await refresh(other.refreshToken)).status).toBe(401);
    expect((await refresh(person.refreshToken)).status).toBe(200);
    await logIn(person.email, password);
    expect((await api('POST', '/api/auth/login', { body: { email: person.email, password: PASSWORD } })).status).toBe(
      401,
    );
  });

  test("an admin may not touch another administrator's account", async () => {
    const [admin, other] = [await createPerson({ roles: ['admin'] }), await createPerson({ roles: ['admin'] })];
    for (const body of [{ password: 'Taken-over-99' }, { email: uniqueEmail() }, { status: 'suspended' }]) {
      expect((await put(admin.token, other.id, body)).status).toBe(403);
    }
    expect((await api('DELETE', `/api/users/${other.id}`, { token: admin.token })).status).toBe(403);
    expect((await api('POST', `/api/users/${other.id}/erase`, { token: admin.token })).status).toBe(403);
    expect((await put(admin.token, admin.id, { roles: ['super_admin'] })).status).toBe(403);
  });

  test('roles act at once, both ways', async () => {
    const person = await createPerson();
    const token = await adminToken();
    const list = () => api('GET', '/api/users?limit=1', { token: person.token });
    expect((await list()).status).toBe(403);
    expect((await put(token, person.id, { roles: ['admin'] })).body.roles).toEqual(['admin']);
    expect((await list()).status).toBe(200);
    await put(token, person.id, { roles: [] });
    expect((await list()).status).toBe(403);
  });
});

describe('closing accounts', () => {
  test('a closed account ends its sessions, cannot log in, and stays for admins', async () => {
    const person = await createPerson();
    expect((await api('DELETE', '/api/users/me', { token: person.token })).status).toBe(204);
    expect(await probe(person.token)).toBe(401);
    expect((await refresh(person.refreshToken)).status).toBe(401);
    const login = await api('POST', '/api/auth/login', { body: { email: person.email, password: PASSWORD } });
    expect([login.status, login.body.error.code]).toEqual([401, 'INVALID_CREDENTIALS']);
    const token = await adminToken();
    expect((await api('GET', `/api/users/${person.id}`, { token })).body.status).toBe('deleted');
    expect((await put(token, person.id, { status: 'active' })).body.status).toBe('active');
    await logIn(person.email);
  });

  test('others may not close it, and nobody closes what is not there', async () => {
    const [person, other] = [await createPerson(), await createPerson()];
    expect((await api('DELETE', `/api/users/${person.id}`, { token: other.token })).status).toBe(403);
    expect((await api('DELETE', '/api/users/nobody1234', { token: await adminToken() })).status).toBe(404);
  });

  test('erasure removes the person and frees the address; admins may repeat it', async () => {
    const person = await createPerson({ name: 'Erase Me' });
    const erased = await api('POST', `/api/users/${person.id}/erase`, { token: person.token });
    expect(erased.body).toMatchObject({ success: true, user_id: person.id });
    const token = await adminToken();
    expect((await api('GET', `/api/users/${person.id}`, { token })).status).toBe(404);
    expect((await api('POST', `/api/users/${person.id}/erase`, { token })).body).toEqual(erased.body);
    expect(await probe(person.token)).toBe(401);
    const again = await api('POST', '/api/auth/register', { body: { email: person.email, password: PASSWORD } });
    expect(again.status).toBe(201);
  });
});
