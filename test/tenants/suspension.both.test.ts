import { probe, refresh } from '../accounts/support';
import { createPerson, createTenant, logIn, PASSWORD, type Person } from '../factories/people';
import { join, setTenant } from './support/tenants';
import { api, parseFn, parseRest, waitFor } from '../harness/app';
import { watchJob } from '../harness/live-query';

const master = { masterKey: true } as const;
const APP = { 'X-Parse-Application-Id': 'appbackend' };

/** A request to each door by somebody who is signed in; true when it was served. */
const DOORS: [string, (who: Person) => Promise<boolean>][] = [
  ['REST', async ({ token }) => (await probe(token)) === 200],
  [
    'REST with a Parse session',
    async ({ sessionToken }) => isServed(await api('GET', '/api/users/me', as(sessionToken))),
  ],
  [
    'a cloud function',
    async ({ sessionToken }) => isServed(await parseFn('getUser', { user_id: 'me' }, { sessionToken })),
  ],
  [
    '/parse/classes',
    async ({ sessionToken }) => isServed(await parseRest('GET', '/classes/Customer', { sessionToken })),
  ],
  ['/parse/users/me', async ({ sessionToken }) => isServed(await parseRest('GET', '/users/me', { sessionToken }))],
  [
    '/parse with the JWT',
    async ({ token, id }) => isServed(await api('GET', `/parse/users/${id}`, { token, headers: APP })),
  ],
  [
    'a batch',
    async ({ sessionToken }) => {
      const requests = [{ method: 'GET', path: '/parse/classes/Customer' }];
      const { status, body } = await parseRest('POST', '/batch', { sessionToken, body: { requests } });
      return status === 200 && body[0].success !== undefined;
    },
  ],
  [
    'GraphQL',
    async ({ sessionToken }) => {
      const body = { query: '{ customers { count } }' };
      const answer = await api('POST', '/graphql', { ...as(sessionToken), body });
      return answer.body.data?.customers?.count !== undefined;
    },
  ],
  [
    'a file, the session in its body',
    async ({ sessionToken }) => {
      const body = JSON.stringify({ base64: 'QQ==', _ApplicationId: 'appbackend', _SessionToken: sessionToken });
      return (
        (await api('POST', '/parse/files/a.txt', { headers: { 'Content-Type': 'text/plain' }, body })).status < 300
      );
    },
  ],
];

const as = (session: string) => ({ headers: { ...APP, 'X-Parse-Session-Token': session } });
const isServed = ({ status }: { status: number }): boolean => status === 200;

async function personOf(tenantId: string, role = 'admin'): Promise<Person> {
  const person = await createPerson();
  await join(tenantId, person, role);
  return person;
}

describe('a suspended tenant', () => {
  test.each(DOORS)('keeps its people out of %s', async (_door, isServedAt) => {
    const tenantId = await createTenant();
    const person = await personOf(tenantId);
    expect(await isServedAt(person)).toBe(true);
    await setTenant(tenantId, { status: 'suspended' });
    expect(await isServedAt(person)).toBe(false);
  });

  test('keeps them from signing in and refreshing, and says why; active again it lets them in', async () => {
    const tenantId = await createTenant();
    const person = await personOf(tenantId);
    await setTenant(tenantId, { status: 'suspended' });
    const body = { email: person.email, password: PASSWORD };
    const refused = await api('POST', '/api/auth/login', { body });
    expect([refused.status, refused.body.error.message]).toEqual([403, 'The tenant is suspended.']);
    const parse = await parseRest('POST', '/login', { body: { username: person.email, password: PASSWORD } });
    expect(parse.status).toBe(400);
    expect((await refresh(person.refreshToken)).status).toBe(401);
    await setTenant(tenantId, { status: 'active' });
    expect(await probe((await logIn(person.email)).token)).toBe(200);
  });

  test('refuses who comes into it with a session from elsewhere, and his refresh token', async () => {
    const tenantId = await createTenant({ status: 'suspended' });
    const person = await createPerson();
    expect(await probe(person.token)).toBe(200);
    await join(tenantId, person, 'member');
    expect(await probe(person.token)).toBe(403);
    expect(await parseRest('GET', '/users/me', { sessionToken: person.sessionToken })).toMatchObject({
      status: 400,
      body: { code: 119 },
    });
    expect((await refresh(person.refreshToken)).status).toBe(401);
  });

  test('does not stop platform administrators in it, nor other tenants', async () => {
    const [tenantId, otherId] = [await createTenant(), await createTenant()];
    const [admin, superAdmin, other] = [
      await createPerson({ roles: ['admin'] }),
      await createPerson({ roles: ['super_admin'] }),
      await personOf(otherId),
    ];
    for (const person of [admin, superAdmin]) await join(tenantId, person, 'member');
    await setTenant(tenantId, { status: 'suspended' });
    for (const person of [admin, superAdmin, other]) expect(await probe(person.token)).toBe(200);
    expect(await probe((await logIn(admin.email)).token)).toBe(200);
    expect((await refresh(admin.refreshToken)).status).toBe(200);
  });

  test('keeps its people out of LiveQuery', async () => {
    const tenantId = await createTenant();
    const person = await personOf(tenantId);
    const job = await watchJob({ ...person, tenantId }, await createPerson({ roles: ['admin'] }));
    await waitFor(() => job.isHeardByOwner());
    await setTenant(tenantId, { status: 'suspended' });
    expect([await job.isHeardByOwner(), await job.isHeardByOwner(), await job.isHeardByOwner()]).not.toContain(true);
    job.close();
  });
});

test('the default tenant cannot be suspended', async () => {
  const where = encodeURIComponent(JSON.stringify({ slug: 'default' }));
  const [tenant] = (await parseRest('GET', `/classes/Tenant?where=${where}`, master)).body.results;
  await expect(setTenant(tenant.objectId, { status: 'suspended' })).rejects.toThrow('stays active');
});
