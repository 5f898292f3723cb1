import { randomUUID } from 'node:crypto';
import { adminToken, api, parseRest, type ParseOptions } from '../harness/app';
import { runApp } from './sdk/run';
import { uniqueEmail } from '../factories/ids';
import { createPerson, PASSWORD, type Person } from '../factories/people';

const as = ({ sessionToken }: Person): ParseOptions => ({ sessionToken });
const pointer = (className: string, objectId: string): object => ({ __type: 'Pointer', className, objectId });
const where = (condition: object): string => encodeURIComponent(JSON.stringify(condition));
const row = async (id: string): Promise<any> => (await parseRest('GET', `/users/${id}`, { masterKey: true })).body;

async function graphql(query: string, variables: object, options: ParseOptions = {}): Promise<any> {
  return (await parseRest('POST', '/../graphql', { ...options, body: { query, variables } })).body;
}

describe('fields of the app', () => {
  /** One of each type, as a client sends it. */
  const values = (friend: string): Record<string, unknown> => ({
    app_text: 'green',
    app_number: 7,
    app_flag: true,
    app_date: { __type: 'Date', iso: '2026-01-02T03:04:05.000Z' },
    app_list: ['a'],
    app_object: { theme: { dark: true } },
    app_place: { __type: 'GeoPoint', latitude: 40, longitude: -30 },
    app_friend: pointer('_User', friend),
  });
  const relation = (ids: string[]): object => ({
    app_friends: { __op: 'AddRelation', objects: ids.map((id) => pointer('_User', id)) },
  });

  // An administrator adds the columns; here by writing a row with them.
  beforeAll(async () => {
    const { id } = await createPerson();
    const body = { ...values(id), ...relation([id]) };
    expect((await parseRest('PUT', `/users/${id}`, { masterKey: true, body })).status).toBe(200);
  });

  test('are set at sign-up and later, whatever their type', async () => {
    const friend = await createPerson();
    const fields = values(friend.id);
    const username = `u-${randomUUID()}`;
    const made = await parseRest('POST', '/users', {
      body: { username, password: PASSWORD, ...fields, ...relation([friend.id]) },
    });
    expect(made.status).toBe(201);
    expect(await row(made.body.objectId)).toMatchObject(fields);
    const sessionToken: string = made.body.sessionToken;
    const later = { app_number: { __op: 'Increment', amount: 2 }, app_list: { __op: 'Add', objects: ['b'] } };
    expect((await parseRest('PUT', `/users/${made.body.objectId}`, { sessionToken, body: later })).status).toBe(200);
    expect((await parseRest('GET', '/users/me', { sessionToken })).body).toMatchObject({
      ...fields,
      app_number: 9,
      app_list: ['a', 'b'],
    });
  });

  test('are set by batch and GraphQL', async () => {
    const person = await createPerson();
    const requests = [{ method: 'PUT', path: `/parse/users/${person.id}`, body: { app_text: 'blue' } }];
    await parseRest('POST', '/batch', { ...as(person), body: { requests } });
    expect((await row(person.id)).app_text).toBe('blue');
    const query = `mutation($id: ID!) { updateUser(input: {id: $id, fields: {app_text: "red", app_number: 3}}) { user { app_text } } }`;
    const answer = await graphql(query, { id: person.id }, as(person));
    expect(answer.data.updateUser.user).toEqual({ app_text: 'red' });
    const signUp = `mutation($name: String!) { signUp(input: {fields: {username: $name, password: "${PASSWORD}", app_text: "new"}}) { viewer { user { app_text } } } }`;
    const made = await graphql(signUp, { name: `u-${randomUUID()}` });
    expect(made).toMatchObject({ data: { signUp: { viewer: { user: { app_text: 'new' } } } } });
  });

  test.each([
    ['another type', { app_number: 'seven' }, 111],
    ['a column that nobody made', { [`app_${randomUUID().slice(0, 8)}`]: 1 }, 119],
    ['ours', { status: 'suspended' }, 119],
    ['roles', { roles: ['admin'] }, 119],
  ])('refuse %s, at sign-up and later', async (_what, body, code) => {
    const person = await createPerson();
    const later = await parseRest('PUT', `/users/${person.id}`, { ...as(person), body });
    const made = await parseRest('POST', '/users', {
      body: { username: uniqueEmail(), password: PASSWORD, ...body },
    });
    expect([later.status, later.body.code, made.status, made.body.code]).toEqual([400, code, 400, code]);
  });
});

describe('an account that its person opened', () => {
  const OPEN = { '*': { read: true } };
  const PERSONAL = [
    'email',
    'username',
    'mobile_number',
    'status',
    'type',
    'tenant',
    'country',
    'authData',
    'created_by',
  ];

  async function opened(): Promise<Person> {
    const person = await createPerson({
      name: 'Ada',
      company: 'Engines',
      mobile_number: '+47 12345678',
      country: 'NO',
    });
    expect((await parseRest('PUT', `/users/${person.id}`, { ...as(person), body: { ACL: OPEN } })).status).toBe(200);
    return person;
  }

  test('stays writable by the person and administrators alone, at sign-up too', async () => {
    const made = await parseRest('POST', '/users', {
      body: { username: uniqueEmail(), password: PASSWORD, ACL: OPEN },
    });
    const person = await opened();
    for (const id of [person.id, made.body.objectId]) {
      const kept = { [id]: { read: true, write: true }, 'role:admin': { read: true, write: true } };
      expect((await row(id)).ACL).toEqual({ ...OPEN, ...kept });
    }
    const friend = await createPerson();
    for (const name of ['*', friend.id, 'role:support']) {
      const body = { ACL: { [name]: { read: true, write: true } } };
      const answer = await parseRest('PUT', `/users/${person.id}`, { ...as(person), body });
      expect([name, answer.status, answer.body.code]).toEqual([name, 400, 119]);
    }
    const closing = { ACL: { __op: 'Delete' } };
    expect((await parseRest('PUT', `/users/${person.id}`, { ...as(person), body: closing })).status).toBe(200);
    expect(Object.keys((await row(person.id)).ACL).sort()).toEqual([person.id, 'role:admin'].sort());
  });

  test('shows others the public profile and nothing personal', async () => {
    const [person, other] = [await opened(), await createPerson()];
    const shown = ['ACL', 'company', 'createdAt', 'name', 'objectId', 'updatedAt'];
    const got = await parseRest('GET', `/users/${person.id}`, as(other));
    const found = await parseRest('GET', `/users?where=${where({ objectId: person.id })}`, as(other));
    for (const seen of [got.body, found.body.results[0]]) {
      expect(
        Object.keys(seen)
          .filter((key) => !key.startsWith('app_'))
          .sort(),
      ).toEqual(shown);
    }
    const query = 'query($id: ID!) { user(id: $id) { name email username } }';
    const answer = await graphql(query, { id: person.id }, as(other));
    expect(answer.data.user).toEqual({ name: 'Ada', email: null, username: null });
  });

  test.each(PERSONAL)('tells nothing of %s by a condition, an alternative, a subquery or an order', async (field) => {
    const [person, other] = [await opened(), await createPerson()];
    const id = { objectId: person.id };
    const conditions: object[] = [
      { ...id, [field]: { $exists: true } },
      { $or: [{ ...id, [field]: { $exists: true } }, { objectId: 'x' }] },
      { $and: [id, { [`${field}.x`]: { $exists: true } }] },
    ];
    for (const condition of conditions) {
      const answer = await parseRest('GET', `/users?where=${where(condition)}`, as(other));
      expect([answer.status, answer.body.results]).toEqual([400, undefined]);
    }
    const sorted = await parseRest('GET', `/users?where=${where(id)}&order=${field}`, as(other));
    expect(sorted.status).toBe(400);
    const inQuery = { user: { $inQuery: { className: '_User', where: { [field]: { $exists: true } } } } };
    expect((await parseRest('GET', `/classes/Event?where=${where(inQuery)}`, as(other))).status).toBe(400);
  });

  test('is shown whole to its person and to administrators', async () => {
    const [person, admin] = [await opened(), await createPerson({ roles: ['admin'] })];
    for (const caller of [person, admin]) {
      const { body } = await parseRest('GET', `/users/${person.id}`, as(caller));
      expect(body).toMatchObject({ email: person.email, username: person.email, country: 'NO', status: 'active' });
    }
    const byEmail = await parseRest('GET', `/users?where=${where({ email: person.email })}`, as(admin));
    expect(byEmail.body.results).toHaveLength(1);
  });

  test('is read by strangers where they know its id, and listed to nobody who is not signed in', async () => {
    const person = await opened();
    expect((await parseRest('GET', `/users/${person.id}`)).body.name).toBe('Ada');
    for (const condition of [{}, { name: 'Ada' }, { objectId: { $gt: '' } }]) {
      expect((await parseRest('GET', `/users?where=${where(condition)}&count=1`)).body).toEqual({
        results: [],
        count: 0,
      });
    }
  });

  test('may be opened to a role', async () => {
    const [person, member, other] = [await createPerson(), await createPerson(), await createPerson()];
    const name = `Friends ${randomUUID()}`;
    const users = { __op: 'AddRelation', objects: [pointer('_User', member.id)] };
    const ACL = { [person.id]: { read: true, write: true } };
    expect((await parseRest('POST', '/roles', { ...as(person), body: { name, users, ACL } })).status).toBe(201);
    const body = { ACL: { [`role:${name}`]: { read: true } } };
    expect((await parseRest('PUT', `/users/${person.id}`, { ...as(person), body })).status).toBe(200);
    expect((await parseRest('GET', `/users/${person.id}`, as(member))).status).toBe(200);
    expect((await parseRest('GET', `/users/${person.id}`, as(other))).status).toBe(404);
  });
});

test('an app sees the own account through every call of the SDK', async () => {
  expect(await runApp('self')).toEqual({ emails: [true, true, true, true, true], found: [true, false], count: 1 });
});

test('cloud code keeps administrators in an account whose ACL it sets', async () => {
  const person = await createPerson();
  const body = { ACL: { '*': { read: true } } };
  await parseRest('PUT', `/users/${person.id}`, { masterKey: true, body });
  expect((await row(person.id)).ACL['role:admin']).toEqual({ read: true, write: true });
  expect((await api('GET', `/api/users/${person.id}`, { token: await adminToken() })).status).toBe(200);
});
