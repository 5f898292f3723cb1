import { randomUUID } from 'node:crypto';
import { adminToken, api, parseRest, waitFor, type ParseOptions } from '../harness/app';
import { createPerson, createTenant, type Person } from '../factories/people';
import { runApp } from '../accounts/sdk/run';

const as = ({ sessionToken }: Person): ParseOptions => ({ sessionToken });
const pointer = (className: string, objectId: string): object => ({ __type: 'Pointer', className, objectId });
const stored = async (id: string): Promise<any> =>
  (await parseRest('GET', `/classes/Event/${id}`, { masterKey: true })).body;
const write = (who: ParseOptions, body: object) => parseRest('POST', '/classes/Event', { ...who, body });

async function graphql(query: string, variables: object, options: ParseOptions): Promise<any> {
  return (await parseRest('POST', '/../graphql', { ...options, body: { query, variables } })).body;
}

test('an app signs a user up, saves an event, and reads it back; nobody else does', async () => {
  const result = await runApp('events');
  expect(result).toEqual({
    found: [[true, 3, true]],
    changed: 101,
    removed: 101,
    seenByOther: 0,
    own: true,
    asOther: 119,
  });
});

type Write = (who: Person, fields: Record<string, unknown>) => Promise<string | undefined>;
const DOORS: [string, Write][] = [
  ['REST', async (who, fields) => (await write(as(who), fields)).body.objectId],
  [
    'batch',
    async (who, body) => {
      const requests = [{ method: 'POST', path: '/parse/classes/Event', body }];
      return (await parseRest('POST', '/batch', { ...as(who), body: { requests } })).body[0].success?.objectId;
    },
  ],
  [
    'GraphQL',
    async (who, { user, ...fields }) => {
      const link = (user as { objectId?: string } | undefined)?.objectId;
      const query = 'mutation($f: CreateEventFieldsInput!) { createEvent(input: {fields: $f}) { event { objectId } } }';
      const answer = await graphql(query, { f: { ...fields, ...(link ? { user: { link } } : {}) } }, as(who));
      return answer.data?.createEvent?.event.objectId;
    },
  ],
];

describe.each(DOORS)('an ordinary user’s event through %s', (_door, save) => {
  test('is stamped with himself and his tenant, and is his to read only', async () => {
    const [person, other] = [await createPerson(), await createPerson()];
    const id = await save(person, { event_type: 'view' });
    const row = await stored(id!);
    expect(row.user).toEqual(pointer('_User', person.id));
    expect(row.tenant).toEqual(pointer('Tenant', person.tenantId));
    expect(row.ACL).toEqual({
      [person.id]: { read: true },
      [`role:t_${person.tenantId}_member`]: { read: true },
      [`role:t_${person.tenantId}_admin`]: { read: true, write: true },
      'role:admin': { read: true, write: true },
    });
    expect((await parseRest('GET', `/classes/Event/${id}`, as(person))).status).toBe(200);
    expect((await parseRest('GET', `/classes/Event/${id}`, as(other))).status).toBe(404);
    for (const method of ['PUT', 'DELETE']) {
      const answer = await parseRest(method, `/classes/Event/${id}`, { ...as(person), body: {} });
      expect([method, answer.status, answer.body.code]).toEqual([method, 404, 101]);
    }
  });

  test('names nobody else, and goes to no other tenant', async () => {
    const [person, other] = [await createPerson(), await createPerson()];
    expect(await save(person, { event_type: 'view', user: pointer('_User', other.id) })).toBeUndefined();
    expect(await save(person, { event_type: 'view', user: pointer('_User', person.id) })).toBeTruthy();
  });
});

test.each([
  ['another tenant', async () => ({ tenant: pointer('Tenant', await createTenant()) }), 404, 101],
  ['a customer', () => ({ customer: pointer('Customer', 'x'.repeat(10)) }), 400, 119],
  ['no type', () => ({ event_type: '' }), 400, 142],
  ['an unknown field', () => ({ no_such_field: 1 }), 400, 142],
  ['a field of the server', () => ({ unique_key: 'x' }), 400, 142],
  ['too much', () => ({ properties: { text: 'x'.repeat(100_001) } }), 400, 142],
])('an event with %s is refused', async (_what, extra, status, code) => {
  const answer = await write(as(await createPerson()), { event_type: 'view', ...(await extra()) });
  expect([answer.status, answer.body.code]).toEqual([status, code]);
});

test('an ACL that a client sends changes nothing, and strangers write nothing', async () => {
  const person = await createPerson();
  const made = await write(as(person), { event_type: 'view', ACL: { '*': { read: true, write: true } } });
  expect(Object.keys((await stored(made.body.objectId)).ACL)).not.toContain('*');
  const stranger = await write({}, { event_type: 'view' });
  expect([stranger.status, stranger.body.code]).toEqual([404, 101]);
});

test('keeps the reader when the tenant’s administrators correct the row, not when they give it to another', async () => {
  const tenant = await createTenant();
  const [person, other, admin] = [
    await createPerson({ tenant }),
    await createPerson({ tenant }),
    await createPerson({ tenant, roles: ['tenant:admin'] }),
  ];
  const { objectId } = (await write(as(person), { event_type: 'view', event_id: 'one' })).body;
  const change = (body: object) => parseRest('PUT', `/classes/Event/${objectId}`, { ...as(admin), body });
  const read = async () => (await parseRest('GET', `/classes/Event/${objectId}`, as(person))).status;
  expect([(await change({ source: 'web' })).status, await read()]).toEqual([200, 200]);
  expect([(await change({ user: pointer('_User', other.id) })).status, await read()]).toEqual([200, 404]);
});

test('its id is the writer’s own: it takes none of the tenant’s, and tells of none', async () => {
  const tenant = await createTenant();
  const [ann, bob] = [await createPerson({ tenant }), await createPerson({ tenant })];
  const analyst = await createPerson({ tenant, roles: ['analyst', 'tenant:member'] });
  const row = { event_type: 'view', event_id: `e-${randomUUID()}` };
  const answers = [
    await write(as(analyst), row),
    await write(as(ann), row),
    await write(as(bob), row),
    await write(as(ann), row),
  ];
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 400]);
  expect(answers[3]!.body.code).toBe(137);
});

test('counts in the figures like any other event', async () => {
  const tenant = await createTenant();
  const [person, admin] = [await createPerson({ tenant }), await createPerson({ tenant, roles: ['tenant:admin'] })];
  const on = '2021-03-04';
  await write(as(person), { event_type: 'view', timestamp: { __type: 'Date', iso: `${on}T12:00:00.000Z` } });
  const route = `/api/business/analytics/users?population=users&start_date=${on}&end_date=${on}`;
  await waitFor(async () => {
    const headers = { 'Cache-Control': 'no-cache' };
    return (await api('GET', route, { token: admin.token, headers })).body.active_users === 1;
  });
  expect((await api('GET', route, { token: await adminToken() })).status).toBe(200);
});
