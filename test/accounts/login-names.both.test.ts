import { randomUUID } from 'node:crypto';
import { ADMIN, adminToken, api, parseRest, waitFor, type Answer } from '../harness/app';
import { formLogin } from '../dashboard/form-login';
import { EVERYWHERE, statusesOf } from './login-doors';
import { uniqueEmail } from '../factories/ids';
import { PASSWORD } from '../factories/people';

const unique = (): string => randomUUID().slice(0, 8);
const signUp = (fields: object) => parseRest('POST', '/users', { body: { password: PASSWORD, ...fields } });

describe('the very text of the sign-up logs in at every door', () => {
  const NAMES: [string, (id: string) => string][] = [
    ['an address with capitals', (id) => `Foo.Bar.${id}@Example.com`],
    ['a name with capitals', (id) => `Foo.Bar.${id}`],
    ['blanks around it', (id) => `  foo bar ${id} `],
    ['decomposed letters', (id) => `jose\u0301-${id}`],
    ['wide letters', (id) => `\uff21\uff44\uff41-${id}`],
    ['wide blanks', (id) => `\u3000ada\u3000lovelace-${id}`],
    ['a wide @', (id) => `ada-${id}\uff20example.com`],
    ['letters of other alphabets', (id) => `\u039f\u03b4\u03c5\u03c3\u03c3\u03b5\u03cd\u03c2-\u0439\u0451-${id}`],
  ];
  test.each(NAMES)('%s', async (_what, nameOf) => {
    const username = nameOf(unique());
    const made = await signUp({ username });
    expect(made.status).toBe(201);
    expect(await statusesOf(username, PASSWORD)).toEqual(EVERYWHERE);
    expect(await statusesOf(username.trim().normalize('NFKC').toUpperCase().toLowerCase(), PASSWORD)).toEqual(
      EVERYWHERE,
    );
    expect((await signUp({ username: username.toLowerCase() })).body.code).toBe(202);
    // Nobody is told the server's own form of the name, the master key neither.
    const row = await parseRest('GET', `/users/${made.body.objectId}`, { masterKey: true });
    expect(Object.keys(row.body).filter((name) => /key|login/i.test(name))).toEqual([]);
  });

  test('as an address, too', async () => {
    const email = `Foo.Bar.${unique()}@Example.com`;
    expect((await signUp({ username: `u-${unique()}`, email })).status).toBe(201);
    for (const text of [email, email.toLowerCase(), ` ${email} `, email.toUpperCase()]) {
      const statuses = [
        (await api('POST', '/api/auth/login', { body: { email: text, password: PASSWORD } })).status,
        (await parseRest('POST', '/login', { body: { email: text, password: PASSWORD } })).status,
        (await parseRest('POST', '/login', { body: { username: text, password: PASSWORD } })).status,
      ];
      expect(statuses).toEqual([200, 200, 200]);
    }
  });

  test('in the dashboard, for an administrator', async () => {
    const [email, password] = [`Ada.${unique()}@Example.com`, 'a'.repeat(72) + 'right'];
    const token = await adminToken();
    const username = `Admin-\uff21${unique()}`;
    const made = await api('POST', '/api/users', { token, body: { email, username, password, roles: ['admin'] } });
    expect(made.status).toBe(201);
    await waitFor(async () => (await formLogin(email, password)) === '/dashboard/apps', { everyMs: 500 });
    expect(await formLogin(username, password)).toBe('/dashboard/apps');
    expect(await formLogin(email, 'a'.repeat(72) + 'wrong')).toBe('/dashboard/login');
    expect(await formLogin(ADMIN.email.toUpperCase(), ADMIN.password)).toBe('/dashboard/apps');
  });
});

test('a name changes to another spelling of itself, not to one of somebody else', async () => {
  const [one, other] = [`Ada-${unique()}`, `Bob-${unique()}`];
  const made = await signUp({ username: one });
  await signUp({ username: other });
  const rename = (username: string) =>
    parseRest('PUT', `/users/${made.body.objectId}`, { masterKey: true, body: { username } });
  expect((await rename(one.toUpperCase())).status).toBe(200);
  expect(await statusesOf(one, PASSWORD)).toEqual(EVERYWHERE);
  expect((await rename(other.toUpperCase())).body.code).toBe(202);
  expect((await rename(`Carl-${other}`)).status).toBe(200);
  expect((await signUp({ username: one })).status).toBe(201);
});

test('a name of half a character is refused', async () => {
  expect((await signUp({ username: `ada-${unique()}\ud800` })).body.code).toBe(142);
});

describe('at once', () => {
  test('fifty spellings of one name make one account', async () => {
    const id = unique();
    const name = `\u00e1d\u00e1m-${id}`;
    const spellings = Array.from({ length: 50 }, (_none, n) => {
      const cased = [...name].map((letter, at) => ((n >> (at % 5)) & 1 ? letter.toUpperCase() : letter)).join('');
      return [cased, cased.normalize('NFD'), ` ${cased}`, wide(cased)][n % 4]!;
    });
    const answers = await Promise.all(
      spellings.map((username, n) =>
        decided(() =>
          n % 2
            ? signUp({ username })
            : api('POST', '/api/auth/register', { body: { username, email: uniqueEmail(), password: PASSWORD } }),
        ),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    const refusals = answers.filter(({ status }) => status !== 201).map(({ status, body }) => body.code ?? status);
    expect(new Set(refusals)).toEqual(new Set([202, 409]));
    expect(await accountsLike(id)).toBe(1);
  });

  test('fifty spellings of one address make one account', async () => {
    const id = unique();
    const email = `adam-${id}@example.com`;
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_none, n) => {
        const cased = [...email].map((letter, at) => ((n >> (at % 5)) & 1 ? letter.toUpperCase() : letter)).join('');
        return decided(() => signUp({ username: `u-${unique()}-${id}`, email: cased }));
      }),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(new Set(answers.filter(({ status }) => status !== 201).map(({ body }) => body.code))).toEqual(
      new Set([203]),
    );
    expect(await accountsLike(id)).toBe(1);
  });

  test('renames of many to one name leave it with one', async () => {
    const name = `Eve-${unique()}`;
    const people = await Promise.all(Array.from({ length: 8 }, () => signUp({ username: `u-${unique()}` })));
    const answers = await Promise.all(
      people.map(({ body }, n) =>
        decided(() =>
          parseRest('PUT', `/users/${body.objectId}`, {
            masterKey: true,
            body: { username: n % 2 ? name.toUpperCase() : name },
          }),
        ),
      ),
    );
    expect(answers.map(({ status, body }) => body.code ?? status).sort()).toEqual([200, ...Array(7).fill(202)]);
  });
});

/** On a slow machine so many at once may find no connection in time: nothing is done then, and a client asks again. */
async function decided(ask: () => Promise<Answer>): Promise<Answer> {
  let answer = await ask();
  for (let tries = 0; tries < 5 && (answer.body.code === 1 || answer.status >= 502); tries += 1) answer = await ask();
  return answer;
}

/** Letters of ASCII in their wide form. */
const wide = (text: string): string =>
  text.replace(/[a-zA-Z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0));

async function accountsLike(part: string): Promise<number> {
  const { body } = await parseRest(
    'GET',
    `/users?where=${encodeURIComponent(JSON.stringify({ $or: ['username', 'email'].map((field) => ({ [field]: { $regex: wideOrNot(part), $options: 'i' } })) }))}`,
    { masterKey: true },
  );
  return (body.results as unknown[]).length;
}
const wideOrNot = (part: string): string => [...part].map((letter) => `(${letter}|${wide(letter)})`).join('');
