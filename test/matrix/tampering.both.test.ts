import { parseRest, type ParseOptions } from '../harness/app';
import { registry } from '../factories/registry';
import { createCast, type Cast } from './support/actors';
import { SAMPLES } from './support/rows';

let cast: Cast;

beforeAll(async () => {
  cast = await createCast();
});

const classes = registry()
  .classes.filter(({ access }) => access === 'ten')
  .filter(({ className }) => className in SAMPLES);
const each = classes.map((definition) => [definition.className, definition] as const);
const owner = (): ParseOptions => ({ sessionToken: cast.people['tenant:owner'].sessionToken });
const pointer = (objectId: string): object => ({ __type: 'Pointer', className: 'Tenant', objectId });

async function ownRow(className: string): Promise<string> {
  const made = await parseRest('POST', `/classes/${className}`, { ...owner(), body: SAMPLES[className]!.fields() });
  expect(made.status).toBe(201);
  return made.body.objectId;
}

async function stored(className: string, id: string): Promise<any> {
  return (await parseRest('GET', `/classes/${className}/${id}`, { masterKey: true })).body;
}

const aclOf = (tenantId: string): object => ({
  [`role:t_${tenantId}_member`]: { read: true },
  [`role:t_${tenantId}_admin`]: { read: true, write: true },
  'role:admin': { read: true, write: true },
});

describe.each(each)('%s', (className, definition) => {
  const sample = SAMPLES[className]!;

  it('is stamped with the tenant and its ACL, whatever the client says', async () => {
    const body = { ...sample.fields(), ACL: { '*': { read: true, write: true } } };
    const made = await parseRest('POST', `/classes/${className}`, { ...owner(), body });
    expect(made.status).toBe(201);
    const row = await stored(className, made.body.objectId);
    expect(row.tenant).toEqual(pointer(cast.tenantId));
    expect(row.ACL).toEqual(aclOf(cast.tenantId));
  });

  it('keeps its ACL when a client sends another', async () => {
    const id = await ownRow(className);
    await parseRest('PUT', `/classes/${className}/${id}`, { ...owner(), body: { ACL: { '*': { read: true } } } });
    expect((await stored(className, id)).ACL).toEqual(aclOf(cast.tenantId));
  });

  it('does not move to another tenant', async () => {
    const id = await ownRow(className);
    const body = { tenant: pointer(cast.otherTenantId) };
    expect((await parseRest('PUT', `/classes/${className}/${id}`, { ...owner(), body })).status).toBe(400);
    expect(
      (await parseRest('PUT', `/classes/${className}/${id}`, { ...owner(), body: { tenant: { __op: 'Delete' } } }))
        .status,
    ).toBe(400);
    expect((await stored(className, id)).tenant).toEqual(pointer(cast.tenantId));
  });

  it('is not made in another tenant', async () => {
    const body = { ...sample.fields(), tenant: pointer(cast.otherTenantId) };
    const made = await parseRest('POST', `/classes/${className}`, { ...owner(), body });
    expect(made.status).toBe(404);
  });

  it('refuses a field that it does not have', async () => {
    const body = { ...sample.fields(), no_such_field: 1 };
    const made = await parseRest('POST', `/classes/${className}`, { ...owner(), body });
    expect(made.body.error).toContain('no_such_field');
    const id = await ownRow(className);
    const changed = await parseRest('PUT', `/classes/${className}/${id}`, { ...owner(), body: { no_such_field: 1 } });
    expect(changed.status).toBe(400);
    // The master key is for people too: Parse would add the column.
    const asMaster = await parseRest('PUT', `/classes/${className}/${id}`, {
      masterKey: true,
      body: { no_such_field: 1 },
    });
    expect(asMaster.status).toBe(400);
  });

  it.each(definition.serverFields ?? [])('keeps %s to the server', async (field) => {
    const type = definition.fields[field]!.type;
    const value =
      type === 'Number'
        ? 7
        : type === 'Array'
          ? []
          : type === 'Date'
            ? { __type: 'Date', iso: '2020-01-01T00:00:00.000Z' }
            : 'mine';
    const made = await parseRest('POST', `/classes/${className}`, {
      ...owner(),
      body: { ...sample.fields(), [field]: value },
    });
    expect(made.status).toBe(400);
    const id = await ownRow(className);
    for (const body of [{ [field]: value }, { [field]: { __op: 'Delete' } }]) {
      const changed = await parseRest('PUT', `/classes/${className}/${id}`, { ...owner(), body });
      expect(changed.status).toBe(400);
    }
  });

  it('is not found by another tenant through any query', async () => {
    const id = await ownRow(className);
    const stranger = { sessionToken: cast.people['other tenant'].sessionToken };
    const queries = [
      { objectId: id },
      { $or: [{ objectId: id }, { objectId: 'x' }] },
      { tenant: pointer(cast.tenantId) },
      { $or: [{ tenant: pointer(cast.tenantId) }] },
      { tenant: { $exists: true }, objectId: { $in: [id] } },
    ];
    for (const where of queries) {
      const route = `/classes/${className}?where=${encodeURIComponent(JSON.stringify(where))}&count=1`;
      const found = await parseRest('GET', route, stranger);
      expect((found.body.results ?? []).filter((row: any) => row.objectId === id)).toEqual([]);
    }
    expect((await parseRest('GET', `/classes/${className}/${id}`, stranger)).status).toBe(404);
  });

  it('is not counted for another tenant', async () => {
    const id = await ownRow(className);
    const where = encodeURIComponent(JSON.stringify({ objectId: id }));
    const stranger = { sessionToken: cast.people['other tenant'].sessionToken };
    const counted = await parseRest('GET', `/classes/${className}?where=${where}&count=1&limit=0`, stranger);
    expect(counted.body.count ?? 0).toBe(0);
  });

  it('is not emptied by a schema or purge call of a client', async () => {
    expect((await parseRest('DELETE', `/schemas/${className}`, owner())).status).toBe(403);
    expect((await parseRest('DELETE', `/purge/${className}`, owner())).status).toBe(403);
    expect((await parseRest('GET', `/aggregate/${className}`, owner())).status).toBe(403);
  });
});

it('makes no class for a client', async () => {
  const answer = await parseRest('POST', '/classes/NewThing', { ...owner(), body: { a: 1 } });
  expect(answer.status).toBe(400);
});

it('opens no hooks, config, jobs or schemas to clients', async () => {
  const routes = [
    ['GET', '/hooks/functions'],
    ['PUT', '/config'],
    ['POST', '/jobs/anything'],
    ['GET', '/schemas'],
    ['GET', '/security'],
    ['POST', '/push'],
    ['GET', '/scriptlog'],
  ] as const;
  for (const [method, route] of routes) {
    const answer = await parseRest(method, route, { ...owner(), ...(method === 'GET' ? {} : { body: {} }) });
    expect([route, answer.status]).toEqual([route, 403]);
  }
});
