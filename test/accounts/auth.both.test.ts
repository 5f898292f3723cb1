import { api, parseFn, parseRest, waitFor } from '../harness/app';
import { watchJob } from '../harness/live-query';
import { probe, refresh, sessionCount } from './support';
import { uniqueEmail } from '../factories/ids';
import { createPerson, logIn, PASSWORD } from '../factories/people';

describe('login', () => {
  test('answers tokens and the account for the email in any case, and for the username', async () => {
    const person = await createPerson({ username: `name-${Date.now()}` });
    const byEmail = await api('POST', '/api/auth/login', {
      body: { email: ` ${person.email.toUpperCase()} `, password: PASSWORD },
    });
    expect(byEmail.status).toBe(200);
    expect(byEmail.body).toMatchObject({ token_type: 'Bearer', expires_in: 86_400, user: { id: person.id } });
    const { username } = byEmail.body.user;
    expect((await api('POST', '/api/auth/login', { body: { username, password: PASSWORD } })).status).toBe(200);
  });

  test('tells no difference between an unknown account and a wrong password', async () => {
    const person = await createPerson();
    const wrong = await api('POST', '/api/auth/login', { body: { email: person.email, password: 'wrong-password' } });
    const unknown = await api('POST', '/api/auth/login', {
      body: { email: uniqueEmail(), password: 'wrong-password' },
    });
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    const text = ({ body }: typeof wrong) => ({ ...body.error, timestamp: '', request_id: '' });
    expect(text(wrong)).toEqual(text(unknown));
  });

  test('locks the account after five failures, with the same answer', async () => {
    const person = await createPerson();
    for (let n = 0; n < 5; n += 1) {
      await api('POST', '/api/auth/login', { body: { email: person.email, password: 'wrong-password' } });
    }
    const { status, body } = await api('POST', '/api/auth/login', {
      body: { email: person.email, password: PASSWORD },
    });
    expect([status, body.error.code]).toEqual([401, 'INVALID_CREDENTIALS']);
  });

  test.each([
    ['nothing', {}],
    ['both names', { email: 'a@example.com', username: 'a', password: PASSWORD }],
    ['an operator instead of a text', { email: { $ne: null }, password: PASSWORD }],
    ['an unknown field', { email: 'a@example.com', password: PASSWORD, admin: true }],
    ['NUL', { email: 'a\u0000@example.com', password: PASSWORD }],
  ])('refuses %s', async (_what, body) => {
    expect((await api('POST', '/api/auth/login', { body })).status).toBe(400);
  });
});

describe('register', () => {
  test('makes a plain, private account and signs it in', async () => {
    const email = uniqueEmail();
    const { status, body } = await api('POST', '/api/auth/register', {
      body: { email: email.toUpperCase(), password: PASSWORD, name: 'Ada', company: 'Engines' },
    });
    expect(status).toBe(201);
    expect(Object.keys(body.user).sort()).toEqual(
      [
        'business_domain',
        'company',
        'country',
        'created_at',
        'email',
        'email_verified',
        'id',
        'mobile_number',
        'name',
        'revenue_range',
        'roles',
        'status',
        'type',
        'updated_at',
        'username',
      ].sort(),
    );
    expect(body.user).toMatchObject({ email, username: email, type: 'self', status: 'active', roles: [], name: 'Ada' });
    expect(await probe(body.access_token)).toBe(200);
    expect((await parseRest('GET', '/users/me', { sessionToken: body.session_token })).status).toBe(200);
  });

  test.each([
    ['roles', { roles: ['admin'] }],
    ['type', { type: 'internal' }],
    ['ACL', { ACL: { '*': { read: true } } }],
    ['a short password', { password: 'short' }],
    ['a long password', { password: 'x'.repeat(129) }],
    ['a bad address', { email: 'nobody' }],
  ])('refuses %s', async (_what, extra) => {
    const body = { email: uniqueEmail(), password: PASSWORD, ...extra };
    expect((await api('POST', '/api/auth/register', { body })).status).toBe(400);
  });

  test('answers 409 for a taken address, in any case, also of ten at once', async () => {
    const person = await createPerson();
    const again = await api('POST', '/api/auth/register', {
      body: { email: person.email.toUpperCase(), password: PASSWORD },
    });
    expect(again.status).toBe(409);
    const email = uniqueEmail();
    const racers = await Promise.all(
      Array.from({ length: 10 }, () => api('POST', '/api/auth/register', { body: { email, password: PASSWORD } })),
    );
    expect(racers.map(({ status }) => status).sort()).toEqual([201, ...new Array<number>(9).fill(409)]);
  });

  test('refuses a username that is the address of somebody else', async () => {
    const victim = uniqueEmail();
    const body = { email: uniqueEmail(), username: victim, password: PASSWORD };
    expect((await api('POST', '/api/auth/register', { body })).status).toBe(400);
  });
});

describe('logout', () => {
  test('ends the JWT, the Parse session and the refresh token at once on every door', async () => {
    const person = await createPerson();
    const other = await logIn(person.email);
    expect((await api('POST', '/api/auth/logout', { token: person.token })).body).toEqual({ success: true });
    expect(await probe(person.token)).toBe(401);
    expect((await parseRest('GET', '/users/me', { sessionToken: person.sessionToken })).status).toBe(400);
    expect((await parseRest('GET', `/users/${person.id}`, { token: person.token })).status).toBe(400);
    expect((await refresh(person.refreshToken)).status).toBe(401);
    expect(await probe(other.token)).toBe(200);
  });

  test('of Parse ends the JWT and the refresh token too', async () => {
    const person = await createPerson();
    expect(await probe(person.token)).toBe(200);
    expect((await parseRest('POST', '/logout', { sessionToken: person.sessionToken })).status).toBe(200);
    expect(await probe(person.token)).toBe(401);
    expect((await refresh(person.refreshToken)).status).toBe(401);
  });

  test('ends what LiveQuery tells', async () => {
    const person = await createPerson();
    const tenantId: string = (await parseRest('GET', `/users/${person.id}`, { masterKey: true })).body.tenant.objectId;
    const job = await watchJob({ ...person, tenantId }, await createPerson({ roles: ['admin'] }));
    await waitFor(() => job.isHeardByOwner());
    await api('POST', '/api/auth/logout', { token: person.token });
    expect([await job.isHeardByOwner(), await job.isHeardByOwner(), await job.isHeardByOwner()]).not.toContain(true);
    job.close();
  });

  test('with all ends every session', async () => {
    const person = await createPerson();
    const other = await logIn(person.email);
    await api('POST', '/api/auth/logout', { token: person.token, body: { all: true } });
    expect(await probe(other.token)).toBe(401);
    expect((await refresh(other.refreshToken)).status).toBe(401);
    expect(await sessionCount(person.id)).toBe(0);
  });

  test('needs a session, and ends nobody else by a foreign refresh token', async () => {
    expect((await api('POST', '/api/auth/logout')).status).toBe(401);
    const [thief, victim] = [await createPerson(), await createPerson()];
    await api('POST', '/api/auth/logout', { token: thief.token, body: { refresh_token: victim.refreshToken } });
    expect(await probe(victim.token)).toBe(200);
  });
});

describe('the cloud functions', () => {
  test('login, refreshToken and logout answer as the REST routes do', async () => {
    const person = await createPerson();
    const login = await parseFn('login', { email: person.email, password: PASSWORD });
    expect(login.body.result.user.id).toBe(person.id);
    const next = await parseFn('refreshToken', { refresh_token: login.body.result.refresh_token });
    const { access_token: token, session_token: sessionToken } = next.body.result;
    expect(await probe(token)).toBe(200);
    expect((await parseFn('logout', {}, { sessionToken })).body.result).toEqual({ success: true });
    expect(await probe(token)).toBe(401);
  });

  test('a suspended account is refused with 403 at login and loses its sessions', async () => {
    const [person, admin] = [await createPerson(), await createPerson({ roles: ['admin'] })];
    expect(await probe(person.token)).toBe(200);
    const { status } = await api('PUT', `/api/users/${person.id}`, {
      token: admin.token,
      body: { status: 'suspended' },
    });
    expect(status).toBe(200);
    expect(await probe(person.token)).toBe(401);
    expect((await parseRest('GET', '/users/me', { sessionToken: person.sessionToken })).status).toBe(400);
    expect((await refresh(person.refreshToken)).status).toBe(401);
    const body = { email: person.email, password: PASSWORD };
    expect((await api('POST', '/api/auth/login', { body })).status).toBe(403);
    expect((await parseRest('POST', '/login', { body: { username: person.email, password: PASSWORD } })).status).toBe(
      400,
    );
  });
});
