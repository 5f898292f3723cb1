import { uniqueName } from '../factories/ids';
import { createPerson, createTenant, type Person } from '../factories/people';
import { parseRest } from '../harness/app';

// Ann, Bob, and one without a name, a registration and so on.
let analyst: Person;
const tag = uniqueName('l');
const DAY = { __type: 'Date', iso: '2021-03-05T00:00:00.000Z' };

beforeAll(async () => {
  analyst = await createPerson({ roles: ['analyst', 'tenant:admin'], tenant: await createTenant() });
  const rows = [{ name: 'Ann', registered_at: DAY, tags: ['a'] }, { name: 'Bob', tags: ['b'] }, {}];
  for (const [index, row] of rows.entries()) {
    const body = { ...row, external_id: `${tag}-${index}`, email: `${'name' in row ? row.name : 'None'}@example.com` };
    const made = await parseRest('POST', '/classes/Customer', { sessionToken: analyst.sessionToken, body });
    expect(made.status).toBe(201);
  }
});

async function found(where: object, extra = ''): Promise<string[]> {
  const query = encodeURIComponent(JSON.stringify(where));
  const { status, body } = await parseRest('GET', `/classes/Customer?where=${query}&order=email${extra}`, {
    sessionToken: analyst.sessionToken,
  });
  expect(status).toBe(200);
  return body.results.map(({ email }: { email: string }) => email.split('@')[0]);
}

it.each([
  [{ name: { $in: [null, 'Ann'] } }, ['Ann', 'None']],
  [{ name: { $in: ['Ann', null] } }, ['Ann', 'None']],
  [{ name: { $in: ['Ann', null, 'Bob', null] } }, ['Ann', 'Bob', 'None']],
  [{ name: { $in: [null] } }, ['None']],
  [{ name: { $nin: [null, 'Ann'] } }, ['Bob']],
  [{ name: { $nin: ['Ann', null] } }, ['Bob']],
  [{ name: { $nin: [null] } }, ['Ann', 'Bob']],
  [{ name: { $in: [null, 'Ann', 'Bob'], $ne: 'Bob' } }, ['Ann', 'None']],
  [{ name: { $in: [null, 'Ann', 'Bob'], $nin: [null, 'Bob'] } }, ['Ann']],
  [{ $or: [{ name: { $in: [null, 'Ann'] } }, { name: 'Bob' }] }, ['Ann', 'Bob', 'None']],
  [{ $and: [{ name: { $in: [null, 'Ann'] } }, { name: { $nin: [null, 'Bob'] } }] }, ['Ann']],
  [{ $nor: [{ name: { $in: [null, 'Ann'] } }] }, ['Bob']],
  [{ registered_at: { $in: [null, DAY] } }, ['Ann', 'Bob', 'None']],
  [{ registered_at: { $nin: [null, DAY] } }, []],
  [{ tags: { $in: [null, 'a'] } }, ['Ann', 'None']],
  [{ tags: { $nin: [null, 'a'] } }, ['Bob']],
  // An empty list, also that of a query that finds nothing, holds nothing: not the rows without a value.
  [{ name: { $in: [] } }, []],
  [{ name: { $inQuery: { className: 'Customer', where: { name: 'Nobody' } } } }, []],
])('%j finds %j', async (where, names) => {
  expect(await found(where)).toEqual(names);
});

it('counts the same, and sees the same through a POST', async () => {
  const where = { name: { $in: [null, 'Ann'] } };
  const body = { _method: 'GET', where, count: 1, limit: 0 };
  const answer = await parseRest('POST', '/classes/Customer', { sessionToken: analyst.sessionToken, body });
  expect(answer.body).toEqual({ results: [], count: 2 });
});

it('counts pointers as well', async () => {
  const [ann] = await idsOf('Ann');
  const pointer = { __type: 'Pointer', className: 'Customer', objectId: ann };
  const purchase = { total: 1, currency: 'USD', purchased_at: DAY };
  for (const row of [purchase, { ...purchase, customer: pointer }])
    expect(
      (await parseRest('POST', '/classes/Purchase', { sessionToken: analyst.sessionToken, body: row })).status,
    ).toBe(201);
  const count = async (where: object) =>
    (
      await parseRest('GET', `/classes/Purchase?count=1&limit=0&where=${encodeURIComponent(JSON.stringify(where))}`, {
        sessionToken: analyst.sessionToken,
      })
    ).body.count;
  expect(await count({ customer: { $in: [null, pointer] } })).toBe(2);
  expect(await count({ customer: { $nin: [null, pointer] } })).toBe(0);
  expect(await count({ total: { $in: [null, 1] } })).toBe(2);
  expect(await count({ customer: { $inQuery: { className: 'Customer', where: { name: 'Nobody' } } } })).toBe(0);
});

async function idsOf(name: string): Promise<string[]> {
  const where = encodeURIComponent(JSON.stringify({ name }));
  const { body } = await parseRest('GET', `/classes/Customer?where=${where}`, { sessionToken: analyst.sessionToken });
  return body.results.map(({ objectId }: { objectId: string }) => objectId);
}
