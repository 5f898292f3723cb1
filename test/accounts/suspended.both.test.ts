import { adminToken, api, parseFn, parseRest, type Answer } from '../harness/app';
import { sessionCount } from './support';
import { createPerson, PASSWORD, type Person } from '../factories/people';

/** Each door that compares a password or makes a session. */
const DOORS: Record<string, (person: Person, password: string) => Promise<Answer>> = {
  'POST /parse/login': ({ email }, password) => parseRest('POST', '/login', { body: { username: email, password } }),
  'POST /parse/login with the master key': ({ email }, password) =>
    parseRest('POST', '/login', { masterKey: true, body: { username: email, password } }),
  'POST /parse/verifyPassword': ({ email }, password) =>
    parseRest('POST', '/verifyPassword', { body: { username: email, password } }),
  'GET /parse/verifyPassword': ({ email }, password) =>
    parseRest('GET', `/verifyPassword?${new URLSearchParams({ email, password }).toString()}`),
  'POST /parse/verifyPassword with the master key': ({ email }, password) =>
    parseRest('POST', '/verifyPassword', { masterKey: true, body: { username: email, password } }),
  'verifyPassword in a batch': async ({ email }, password) => {
    const requests = [{ method: 'POST', path: '/parse/verifyPassword', body: { username: email, password } }];
    const answer = await parseRest('POST', '/batch', { body: { requests } });
    const [{ error }] = answer.body;
    return { ...answer, status: error ? 400 : 200, body: error ?? {} };
  },
  'the function login': ({ email }, password) => parseFn('login', { email, password }),
};

const suspend = async ({ id }: Person): Promise<void> => {
  const answer = await api('PUT', `/api/users/${id}`, { token: await adminToken(), body: { status: 'suspended' } });
  expect(answer.status).toBe(200);
};
const close = async ({ id }: Person): Promise<void> => {
  expect((await api('DELETE', `/api/users/${id}`, { token: await adminToken() })).status).toBe(204);
};

describe('who may not work at present', () => {
  test.each(Object.entries(DOORS))('%s: a suspended account is refused, a closed one is none', async (_door, ask) => {
    const person = await createPerson();
    expect((await ask(person, PASSWORD)).status).toBe(200);
    await suspend(person);
    const suspended = await ask(person, PASSWORD);
    expect([suspended.body.code, suspended.body.objectId]).toEqual([119, undefined]);
    expect(suspended.body.error).toContain('suspended');
    // Who does not know the password is not told of it.
    expect((await ask(person, 'Wrong-horse-9')).body.code).toBe(101);
    await close(person);
    const closed = await ask(person, PASSWORD);
    expect([closed.body.code, closed.body.objectId]).toEqual([101, undefined]);
    expect(await sessionCount(person.id)).toBe(0);
  });

  test('loginAs makes no session for them', async () => {
    const person = await createPerson();
    const loginAs = (userId: unknown) => parseRest('POST', '/loginAs', { masterKey: true, body: { userId } });
    expect((await loginAs(person.id)).status).toBe(200);
    await suspend(person);
    expect((await loginAs(person.id)).body.code).toBe(119);
    await close(person);
    expect((await loginAs(person.id)).body.code).toBe(101);
    expect((await loginAs([person.id])).body.code).toBe(162);
    expect(await sessionCount(person.id)).toBe(0);
  });
});
