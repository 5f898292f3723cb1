import { randomUUID } from 'node:crypto';
import { createPerson, createTenant } from '../factories/people';
import { adminToken, api, parseRest, testServer } from '../harness/app';

const MASTER = { masterKey: true } as const;

// On both databases: each has an estimate of its own, which a new class shows at once.
describe('a count without conditions', () => {
  it('is the number of rows of a class whose rows were just written', async () => {
    const before = await countOf('Product');
    await addProducts(7);
    expect(await countOf('Product')).toBe(before + 7);
    const { body } = await parseRest('GET', '/classes/Product?count=1&limit=0', MASTER);
    expect(body).toEqual({ results: [], count: before + 7 });
  });

  it.each(['_User', '_Role', 'Tenant', 'TenantMember', 'DashboardConfig'])(
    'is that of the rows of %s',
    async (name) => {
      const { body: all } = await parseRest('GET', `/classes/${name}?limit=1000&keys=objectId`, MASTER);
      expect(all.results.length).toBeGreaterThan(0);
      expect(await countOf(name)).toBe(all.results.length);
    },
  );

  it('is the number of rows through GraphQL', async () => {
    const before = await countOf('Tenant');
    await createTenant();
    const query = '{ tenants(first: 1) { count } }';
    const { body } = await api('POST', '/graphql', { body: { query }, headers: masterHeaders() });
    expect(body).toEqual({ data: { tenants: { count: before + 1 } } });
  });

  it('is the total of /api/users', async () => {
    const token = await adminToken();
    await createPerson();
    const { body } = await api('GET', '/api/users?limit=1', { token });
    expect(body.total).toBe(await countOf('_User'));
  });
});

async function countOf(className: string): Promise<number> {
  return (await parseRest('GET', `/classes/${className}?count=1&limit=0`, MASTER)).body.count;
}

async function addProducts(count: number): Promise<void> {
  const { body } = await parseRest('GET', '/classes/Tenant?limit=1', MASTER);
  const tenant = { __type: 'Pointer', className: 'Tenant', objectId: body.results[0].objectId };
  for (let number = 0; number < count; number += 1) {
    const row = { tenant, external_id: `count-${randomUUID()}` };
    expect((await parseRest('POST', '/classes/Product', { ...MASTER, body: row })).status).toBe(201);
  }
}

function masterHeaders(): Record<string, string> {
  return { 'X-Parse-Application-Id': 'appbackend', 'X-Parse-Master-Key': testServer().masterKey };
}
