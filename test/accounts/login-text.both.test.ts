import { randomUUID } from 'node:crypto';
import { hash } from 'bcryptjs';
import { adminToken, api, parseFn, parseRest } from '../harness/app';
import { EVERYWHERE, graphql, statusesOf } from './login-doors';
import { withDatabase } from './support';
import { uniqueEmail } from '../factories/ids';
import { createPerson, PASSWORD } from '../factories/people';

const unique = (): string => randomUUID().slice(0, 8);
const register = (password: string, email = uniqueEmail()) =>
  api('POST', '/api/auth/register', { body: { email, password } });
const logIn = (email: string, password: string) => api('POST', '/api/auth/login', { body: { email, password } });

describe('a password', () => {
  test.each([
    ['that differs behind byte 72', 'a'.repeat(72) + 'right', 'a'.repeat(72) + 'wrong'],
    ['that differs in the letter that byte 72 cuts', 'é'.repeat(60), 'é'.repeat(36) + 'x'.repeat(20)],
    ['that differs at byte 72', 'a'.repeat(71) + 'b', 'a'.repeat(71) + 'c'],
    ['that is longer than one of 72 bytes', 'a'.repeat(72), 'a'.repeat(73)],
    ['that differs in letter case', 'Correct-horse-9', 'correct-horse-9'],
  ])('%s is another', async (_what, right, wrong) => {
    const email = uniqueEmail();
    expect((await register(right, email)).status).toBe(201);
    expect((await logIn(email, wrong)).status).toBe(401);
    expect((await logIn(email, right)).status).toBe(200);
    // The door of the SDKs, too, and the comparison for a change.
    const asked = { user_id: 'me', password: PASSWORD };
    const { body } = await logIn(email, right);
    const change = (current_password: string) =>
      parseFn('updateUser', { ...asked, current_password }, { sessionToken: body.session_token });
    expect((await change(wrong)).body.code).toBe(101);
    expect((await change(right)).status).toBe(200);
    expect((await logIn(email, PASSWORD)).status).toBe(200);
  });

  test.each([
    ['a composed letter', 'Caf\u00e9-horse-9', 'Cafe\u0301-horse-9'],
    ['a wide blank', 'Correct\u3000horse', 'Correct horse'],
    ['a blank that does not break', 'Correct\u00a0horse', 'Correct horse'],
  ])('with %s is one however a keyboard sends it, at every door', async (_what, one, other) => {
    for (const [given, typed] of [
      [one, other],
      [other, one],
    ] as const) {
      const username = `u-${unique()}`;
      expect((await parseRest('POST', '/users', { body: { username, password: given } })).status).toBe(201);
      expect(await statusesOf(username, typed)).toEqual(EVERYWHERE);
    }
  });

  describe.each([
    ['half a character', 'abcdefgh\ud800'],
    ['a control character', 'abcdefgh\u0007'],
    ['a code point that is no character', 'abcdefgh\uffff'],
    ['too few characters', 'a\u{1F40E}\u{1F40E}\u{1F40E}\u{1F40E}'],
    ['too many characters', 'a'.repeat(129)],
  ])('with %s', (_what, password) => {
    test('is refused wherever one is set', async () => {
      const person = await createPerson();
      const username = `u-${unique()}`;
      const signUp = 'mutation ($input: SignUpInput!) { signUp(input: $input) { viewer { user { id } } } }';
      const as = { sessionToken: person.sessionToken };
      const statuses = [
        (await register(password)).status,
        (await api('POST', '/api/users', { token: await adminToken(), body: { email: uniqueEmail(), password } }))
          .status,
        (await parseRest('POST', '/users', { body: { username, password } })).body.code,
        (await parseRest('POST', '/users', { masterKey: true, body: { username, password } })).body.code,
        (await graphql(signUp, { fields: { username, password } })).body.errors?.[0].extensions.code,
        (await parseRest('PUT', `/users/${person.id}`, { ...as, body: { password } })).body.code,
        (await parseRest('PUT', `/users/${person.id}`, { masterKey: true, body: { password } })).body.code,
        (await parseFn('updateUser', { user_id: 'me', password, current_password: PASSWORD }, as)).body.code,
      ];
      expect(statuses).toEqual([400, 400, 142, 142, 142, 142, 142, 142]);
      expect((await logIn(person.email, password)).status).toBe(401);
      expect((await logIn(person.email, PASSWORD)).status).toBe(200);
    });
  });

  test('of 128 characters beyond the first plane is taken', async () => {
    const email = uniqueEmail();
    expect((await register('\u{1F40E}'.repeat(128), email)).status).toBe(201);
    expect((await logIn(email, '\u{1F40E}'.repeat(128))).status).toBe(200);
    expect((await logIn(email, '\u{1F40E}'.repeat(127))).status).toBe(401);
  });

  test('must not contain the user name, however both are written', async () => {
    const name = `jos\u00e9-${unique()}`;
    for (const password of [`my-${name}-9`, `my-${name.normalize('NFD')}-9`]) {
      expect((await parseRest('POST', '/users', { body: { username: name, password } })).body.code).toBe(142);
    }
  });
});

describe('a hash from before passwords were prepared', () => {
  test.each([
    ['of a short one', 'Old-horse-battery', 'Old-horse-batterz'],
    ['of one in another form', 'Cafe\u0301-horse-9', 'Cafe-horse-9'],
    ['with a tab', 'Old\thorse-battery', 'Old-horse-battery'],
  ])('%s still opens', async (_what, password, wrong) => {
    const person = await createPerson();
    await writeOldHash(person.id, password);
    expect((await logIn(person.email, wrong)).status).toBe(401);
    expect((await logIn(person.email, password)).status).toBe(200);
    expect((await logIn(person.email, password)).status).toBe(200);
  });

  test('of one that bcrypt had cut is made whole by the next login', async () => {
    const person = await createPerson();
    const password = 'b'.repeat(72) + 'right';
    await writeOldHash(person.id, password);
    expect((await logIn(person.email, password)).status).toBe(200);
    expect((await logIn(person.email, 'b'.repeat(72) + 'wrong')).status).toBe(401);
    expect((await logIn(person.email, password)).status).toBe(200);
  });
});

async function writeOldHash(userId: string, password: string): Promise<void> {
  // As Parse Server wrote it.
  const old = await hash(password, 10);
  await withDatabase<unknown>({
    postgres: (db) => db.query('update "_User" set _hashed_password = $2 where "objectId" = $1', [userId, old]),
    mongo: (db) => db.collection('_User').updateOne({ _id: userId as never }, { $set: { _hashed_password: old } }),
  });
}
