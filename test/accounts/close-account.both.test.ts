import { randomUUID } from 'node:crypto';
import { adminToken, api, parseRest, waitFor, type ParseOptions } from '../harness/app';
import { runApp } from './sdk/run';
import { probe, refresh, refreshRows, sessionCount, withDatabase } from './support';
import { createPerson, logIn, PASSWORD, type Person } from '../factories/people';

const as = ({ sessionToken }: Person): ParseOptions => ({ sessionToken });

type Leave = (person: Person) => Promise<boolean>;
const DOORS: [string, Leave][] = [
  ['REST', async (person) => (await parseRest('DELETE', `/users/${person.id}`, as(person))).status === 200],
  ['classes', async (person) => (await parseRest('DELETE', `/classes/_User/${person.id}`, as(person))).status === 200],
  [
    'batch',
    async (person) => {
      const requests = [{ method: 'DELETE', path: `/parse/users/${person.id}` }];
      const { body } = await parseRest('POST', '/batch', { ...as(person), body: { requests } });
      return body[0].success !== undefined;
    },
  ],
  [
    'GraphQL',
    async (person) => {
      const query = 'mutation($id: ID!) { deleteUser(input: { id: $id }) { user { objectId } } }';
      const { body } = await parseRest('POST', '/../graphql', {
        ...as(person),
        body: { query, variables: { id: person.id } },
      });
      return Boolean(body.data?.deleteUser);
    },
  ],
];

/** What the erasure promises to leave nothing of. */
async function tracesOf(userId: string): Promise<Record<string, number>> {
  return withDatabase({
    postgres: async (db) => {
      const count = async (from: string): Promise<number> =>
        Number((await db.query(`select count(*) as n from ${from}`, [userId])).rows[0].n);
      return {
        roles: await count('"_Join:users:_Role" where "relatedId" = $1'),
        members: await count('"TenantMember" where "user" = $1'),
        events: await count('"Event" where "user" = $1 or $1 = any(_rperm)'),
        seen: await count('app.user_seen where user_id = $1'),
        departed: await count('app.departed where person = $1'),
        open: await count('app.erasure where user_id = $1 and erased_at is null'),
        erased: await count('app.erasure where user_id = $1 and erased_at is not null'),
      };
    },
    mongo: async (db) => {
      const count = (name: string, filter: object): Promise<number> => db.collection(name).countDocuments(filter);
      const user = `_User$${userId}`;
      return {
        roles: await count('_Join:users:_Role', { relatedId: userId }),
        members: await count('TenantMember', { _p_user: user }),
        events: await count('Event', { $or: [{ _p_user: user }, { _rperm: userId }] }),
        seen: await count('app_user_seen', { user_id: userId }),
        departed: await count('app_departed', { person: userId }),
        open: await count('app_erasure', { _id: userId, erased_at: null }),
        erased: await count('app_erasure', { _id: userId, erased_at: { $ne: null } }),
      };
    },
  });
}

const NOTHING = { roles: 0, members: 0, events: 0, seen: 0, departed: 0, open: 0, erased: 1 };

test.each(DOORS)('a person closes the own account through %s, and nothing stays', async (_door, leave) => {
  const person = await createPerson({ roles: ['tenant:member'] });
  const other = await logIn(person.email);
  const body = { event_type: 'x', event_id: 'e1' };
  expect((await parseRest('POST', '/classes/Event', { ...as(person), body })).status).toBe(201);
  expect(await leave(person)).toBe(true);
  expect([await probe(person.token), await probe(other.token)]).toEqual([401, 401]);
  expect([(await refresh(person.refreshToken)).status, (await refresh(other.refreshToken)).status]).toEqual([401, 401]);
  expect([await sessionCount(person.id), (await refreshRows(person.id)).length]).toEqual([0, 0]);
  expect(await waitFor(async () => (await tracesOf(person.id)).erased === 1)).toBe(true);
  expect(await tracesOf(person.id)).toEqual(NOTHING);
  expect((await api('GET', `/api/users/${person.id}`, { token: await adminToken() })).status).toBe(404);
  const again = await api('POST', '/api/auth/register', { body: { email: person.email, password: PASSWORD } });
  expect(again.status).toBe(201);
});

test('an app closes it by user.destroy()', async () => {
  const result = await runApp('leave');
  expect(result).toEqual({ id: result.id, session: 209, login: 101, again: 'done' });
  expect(await tracesOf(result.id)).toEqual(NOTHING);
});

test.each(DOORS)('nobody closes another’s account through %s', async (_door, leave) => {
  const [person, thief] = [await createPerson(), await createPerson()];
  const body = { ACL: { '*': { read: true } } };
  await parseRest('PUT', `/users/${person.id}`, { ...as(person), body });
  expect(await leave({ ...person, sessionToken: thief.sessionToken })).toBe(false);
  expect(await leave({ ...person, sessionToken: '' })).toBe(false);
  expect(await probe(person.token)).toBe(200);
  expect(await tracesOf(person.id)).toMatchObject({ open: 0, erased: 0 });
});

test('a deletion that was cut off is finished later, one that was refused is forgotten', async () => {
  const [refused, gone] = [await createPerson(), `gone${randomUUID().slice(0, 6)}`];
  const requestedAt = new Date(Date.now() - 3_600_000);
  await withDatabase<unknown>({
    postgres: (db) =>
      db.query('insert into app.erasure (user_id, requested_at, only_if_gone) values ($1, $3, true), ($2, $3, true)', [
        refused.id,
        gone,
        requestedAt,
      ]),
    mongo: (db) =>
      db.collection<{ _id: string }>('app_erasure').insertMany(
        [refused.id, gone].map((_id) => ({
          ...{ _id, tenant_id: null, requested_at: requestedAt, erased_at: null, only_if_gone: true },
        })),
      ),
  });
  expect((await parseRest('POST', '/jobs/purgeAccounts', { masterKey: true, body: {} })).status).toBe(200);
  await waitFor(async () => (await tracesOf(gone))['erased'] === 1);
  expect(await tracesOf(refused.id)).toMatchObject({ open: 0, erased: 0 });
  expect(await probe(refused.token)).toBe(200);
});

test('a role of one’s own does not keep the name of who left', async () => {
  const person = await createPerson();
  const body = {
    name: `R${randomUUID()}`,
    ACL: { '*': { read: true } },
    users: { __op: 'AddRelation', objects: [{ __type: 'Pointer', className: '_User', objectId: person.id }] },
  };
  expect((await parseRest('POST', '/roles', { ...as(person), body })).status).toBe(201);
  await parseRest('DELETE', `/users/${person.id}`, as(person));
  expect((await tracesOf(person.id))['roles']).toBe(0);
});
