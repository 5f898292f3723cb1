import { randomUUID } from 'node:crypto';
import { api, parseFn, parseRest, type Answer, type ParseOptions } from '../harness/app';
import { probe, withDatabase } from './support';
import { uniqueEmail } from '../factories/ids';
import { createPerson, logIn, PASSWORD, type Person } from '../factories/people';

const STALE: [string, ParseOptions][] = [
  ['made up', { sessionToken: `r:${'0'.repeat(32)}` }],
  ['no token at all', { sessionToken: 'junk' }],
  ['a forged access token', { token: 'a.b.c' }],
];
const codeOf = ({ status, body }: Answer): unknown[] => [status, body.code];

describe.each(STALE)('a session that is %s', (_what, stale) => {
  const CALLS: [string, string, object | undefined][] = [
    ['GET', '/users/me', undefined],
    ['GET', '/classes/Event', undefined],
    ['GET', '/sessions/me', undefined],
    ['POST', '/functions/getHealth', {}],
    ['POST', '/batch', { requests: [{ method: 'GET', path: '/parse/classes/Event' }] }],
    ['POST', '/../graphql', { query: '{ health }' }],
    ['POST', '/logout', {}],
    // As plain Parse Server does: a client forgets such a session before it signs up.
    ['POST', '/users', { username: `u-${randomUUID()}`, password: PASSWORD }],
  ];

  test.each(CALLS)('is answered by %s %s as Parse Server answers', async (method, route, body) => {
    const answer = await parseRest(method, route, { ...stale, ...(body ? { body } : {}) });
    expect([answer.status, answer.body]).toEqual([400, { code: 209, error: 'Invalid session token' }]);
  });

  test('does not keep anybody from logging in', async () => {
    const person = await createPerson();
    const body = { username: person.email, password: PASSWORD };
    const answer = await parseRest('POST', '/login', { ...stale, body });
    expect([answer.status, answer.body.objectId]).toEqual([200, person.id]);
    const query = new URLSearchParams(body).toString();
    expect((await parseRest('GET', `/login?${query}`, stale)).status).toBe(200);
    const inBody = { ...body, _SessionToken: 'r:0', _method: 'GET' };
    expect((await parseRest('POST', '/login/', { body: inBody })).status).toBe(200);
  });
});

test('what is refused has the status that Parse Server gives to its code', async () => {
  const person = await createPerson();
  const as = { sessionToken: person.sessionToken };
  const suspended = await createPerson();
  const token = (await createPerson({ roles: ['admin'] })).token;
  await parseRest('GET', '/users/me', { sessionToken: suspended.sessionToken });
  await api('PUT', `/api/users/${suspended.id}`, { token, body: { status: 'suspended' } });
  const login = { username: suspended.email, password: PASSWORD };
  const answers: [number, number, Answer][] = [
    [404, 101, await parseRest('POST', '/requestPasswordReset', { body: {} }).then(closedOr)],
    [404, 101, await parseRest('GET', `/users/nobody1234`, as)],
    [404, 101, await parseRest('POST', '/login', { body: { username: person.email, password: 'wrong-one' } })],
    [400, 119, await parseRest('POST', '/login', { body: login })],
    [400, 119, await parseFn('listUsers', {}, as)],
    [400, 142, await parseFn('getUser', {}, as)],
    [400, 142, await parseRest('GET', '/classes/Event?limit=x', as)],
  ];
  for (const [status, code, answer] of answers) expect(codeOf(answer)).toEqual([status, code]);
});

/** Open where the server can send mail, then a question without an address is refused otherwise. */
function closedOr(answer: Answer): Answer {
  return answer.status === 404 ? answer : { ...answer, status: 404, body: { code: 101 } };
}

describe('what logs in', () => {
  /** As if the session had begun so long ago. */
  async function backdateSession({ sessionToken }: Person, minutes: number): Promise<void> {
    const at = new Date(Date.now() - minutes * 60_000);
    await withDatabase<unknown>({
      postgres: (db) =>
        db.query('update "_Session" set "createdAt" = $2 where "sessionToken" = $1', [sessionToken, at]),
      mongo: (db) =>
        db.collection('_Session').updateOne({ _session_token: sessionToken }, { $set: { _created_at: at } }),
    });
  }
  const put = ({ id, sessionToken }: Person, body: object) => parseRest('PUT', `/users/${id}`, { sessionToken, body });

  test.each([
    ['the email', () => ({ email: uniqueEmail(), username: `u-${randomUUID()}` })],
    ['the username', () => ({ username: `u-${randomUUID()}` })],
    ['the password', () => ({ password: 'Another-horse-9' })],
  ])('%s is changed by a session of a log-in a short while ago, by no older one', async (_what, change) => {
    const person = await createPerson();
    await backdateSession(person, 11);
    const refused = await put(person, change());
    expect(codeOf(refused)).toEqual([400, 119]);
    expect(JSON.parse(refused.body.error).message).toContain('current_password');
    const requests = [{ method: 'PUT', path: `/parse/users/${person.id}`, body: change() }];
    const batch = await parseRest('POST', '/batch', { sessionToken: person.sessionToken, body: { requests } });
    expect(batch.body[0].error.code).toBe(119);
    // The rest of the account asks for nothing.
    expect((await put(person, { name: 'Ada' })).status).toBe(200);
    expect((await put(await logIn(person.email), change())).status).toBe(200);
  });

  test('is not changed by a session that a session made', async () => {
    const person = await createPerson();
    const made = await parseRest('POST', '/sessions', { sessionToken: person.sessionToken, body: {} });
    expect(made.status).toBe(201);
    const answer = await put({ ...person, sessionToken: made.body.sessionToken }, { email: uniqueEmail() });
    expect(codeOf(answer)).toEqual([400, 119]);
    const next = await api('POST', '/api/auth/refresh', { body: { refresh_token: person.refreshToken } });
    const refreshed = await put({ ...person, sessionToken: next.body.session_token }, { email: uniqueEmail() });
    expect(codeOf(refreshed)).toEqual([400, 119]);
  });

  test('is the same again by any session', async () => {
    const person = await createPerson();
    await backdateSession(person, 60);
    expect((await put(person, { email: person.email, username: person.email })).status).toBe(200);
  });

  test('changes by updateUser with the current password, whatever the session', async () => {
    const person = await createPerson();
    await backdateSession(person, 60);
    const email = uniqueEmail();
    const update = (extra: object) =>
      parseFn('updateUser', { user_id: 'me', email, ...extra }, { sessionToken: person.sessionToken });
    expect(codeOf(await update({}))).toEqual([400, 142]);
    expect(codeOf(await update({ current_password: 'wrong-one' }))).toEqual([404, 101]);
    expect((await update({ current_password: PASSWORD })).body.result.email).toBe(email);
  });
});

test('a session of /api ends with its access token', async () => {
  const person = await logIn((await createPerson()).email);
  const me = await parseRest('GET', '/sessions/me', { sessionToken: person.sessionToken });
  const hours = (Date.parse(me.body.expiresAt.iso) - Date.parse(me.body.createdAt)) / 3_600_000;
  expect(Math.round(hours)).toBe(24);
  expect(await probe(person.token)).toBe(200);
});
