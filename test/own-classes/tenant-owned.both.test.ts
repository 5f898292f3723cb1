import { createCast, type Cast } from '../matrix/support/actors';
import { parseRest, type Answer, type ParseOptions } from '../harness/app';
import { as, changeSchema, FOR_USERS, makeClass, pointer, schemaOf, TENANT_COLUMN } from './support/own-classes';

const master = { masterKey: true } as const;
let cast: Cast;
let className: string;

beforeAll(async () => {
  cast = await createCast();
  className = await makeClass({
    fields: { ...TENANT_COLUMN, text: { type: 'String' } },
    classLevelPermissions: FOR_USERS,
  });
});

const person = (name: keyof Cast['people']): ParseOptions => as(cast.people[name]);
const create = (credentials: ParseOptions, body: object = {}): Promise<Answer> =>
  parseRest('POST', `/classes/${className}`, { ...credentials, body });
const change = (id: string, credentials: ParseOptions, body: object): Promise<Answer> =>
  parseRest('PUT', `/classes/${className}/${id}`, { ...credentials, body });
const stored = async (id: string): Promise<any> => (await parseRest('GET', `/classes/${className}/${id}`, master)).body;
const status = async (method: string, id: string, credentials: ParseOptions): Promise<number> =>
  (
    await parseRest(method, `/classes/${className}/${id}`, {
      ...credentials,
      ...(method === 'PUT' ? { body: { text: 'x' } } : {}),
    })
  ).status;

async function rowOf(name: keyof Cast['people'], body: object = {}): Promise<string> {
  const made = await create(person(name), body);
  if (made.status !== 201) throw new Error(JSON.stringify(made.body));
  return made.body.objectId;
}

const RW = { read: true, write: true };
const member = (): string => `role:t_${cast.tenantId}_member`;
const admin = (): string => `role:t_${cast.tenantId}_admin`;
const tenantAcl = (): object => ({ [member()]: { read: true }, [admin()]: RW, 'role:admin': RW });

describe('a new row', () => {
  it('is stamped with the tenant of who makes it, whose own it is beside its administrators', async () => {
    const row = await stored(await rowOf('tenant:member'));
    expect(row.tenant).toEqual(pointer('Tenant', cast.tenantId));
    expect(row.ACL).toEqual({ ...tenantAcl(), [cast.people['tenant:member'].id]: RW });
  });

  it('may name the own tenant and no other', async () => {
    const own = await rowOf('tenant:member', { tenant: pointer('Tenant', cast.tenantId) });
    expect((await stored(own)).tenant).toEqual(pointer('Tenant', cast.tenantId));
    const foreign = await create(person('tenant:member'), { tenant: pointer('Tenant', cast.otherTenantId) });
    expect([foreign.status, foreign.body.code]).toEqual([404, 101]);
  });

  it('of the master key names its tenant', async () => {
    expect((await create(master)).body.code).toBe(142);
    const made = await create(master, { tenant: pointer('Tenant', cast.tenantId) });
    expect((await stored(made.body.objectId)).ACL).toEqual(tenantAcl());
  });

  it('is made in the own tenant by a platform administrator who names none', async () => {
    const row = await stored(await rowOf('admin'));
    expect(row.tenant).toEqual(pointer('Tenant', cast.tenantId));
  });

  it.each([5, 'x', { a: 1 }, { __type: 'Pointer', className: '_User', objectId: 'a' }])(
    'refuses %j as a tenant',
    async (tenant) => {
      for (const credentials of [person('tenant:member'), person('admin'), master]) {
        expect((await create(credentials, { tenant })).body.code).toBe(142);
      }
    },
  );

  it('is not for those who are not signed in', async () => {
    expect((await create({})).body.code).toBe(101);
    const open = await makeClass({
      fields: TENANT_COLUMN,
      classLevelPermissions: { create: { '*': true }, find: { '*': true } },
    });
    const made = await parseRest('POST', `/classes/${open}`, { body: {} });
    expect([made.status, made.body.code]).toEqual([400, 209]);
  });
});

describe('the tenant of a row', () => {
  it.each([
    ['another', () => pointer('Tenant', cast.otherTenantId)],
    ['nothing', () => ({ __op: 'Delete' })],
    ['null', () => null],
  ])('does not change to %s', async (_what, tenant) => {
    const id = await rowOf('tenant:owner');
    for (const credentials of [person('tenant:owner'), person('admin'), master]) {
      expect((await change(id, credentials, { tenant: tenant() })).body.code).toBe(142);
    }
    expect((await stored(id)).tenant).toEqual(pointer('Tenant', cast.tenantId));
  });
});

describe('an ACL', () => {
  it.each([
    ['everybody', () => ({ '*': { read: true } })],
    ['another role', () => ({ 'role:analyst': { read: true } })],
    ['the role of another tenant', () => ({ [`role:t_${cast.otherTenantId}_admin`]: { write: true } })],
    ['a person of another tenant', () => ({ [cast.people['other tenant'].id]: { read: true } })],
    ['nobody that there is', () => ({ zzzzzzzzzz: { read: true } })],
    ['a prototype name', () => ({ valueOf: { read: true } })],
  ])('does not reach %s, at create and at update, by anybody', async (_what, acl) => {
    const id = await rowOf('tenant:member');
    const before = (await stored(id)).ACL;
    for (const credentials of [person('tenant:member'), person('admin'), master]) {
      const tenant = pointer('Tenant', cast.tenantId);
      const made = await create(credentials, { tenant, ACL: { ...tenantAcl(), ...acl() } });
      expect([made.body.objectId, made.body.code]).toEqual([undefined, 142]);
      const changed = await change(id, credentials, { ACL: { ...tenantAcl(), ...acl() } });
      expect(changed.body.code).toBe(142);
    }
    expect((await stored(id)).ACL).toEqual(before);
  });

  it('narrows within the tenant, and platform administrators keep access', async () => {
    const { 'tenant:member': owner, analyst } = cast.people;
    const id = await rowOf('tenant:member', { ACL: { [owner.id]: RW, [analyst.id]: { read: true } } });
    expect((await stored(id)).ACL).toEqual({ [owner.id]: RW, [analyst.id]: { read: true }, 'role:admin': RW });
    expect(await status('GET', id, person('analyst'))).toBe(200);
    expect(await status('PUT', id, person('analyst'))).toBe(404);
    expect(await status('GET', id, person('tenant:admin'))).toBe(404);
    expect(await status('PUT', id, person('admin'))).toBe(200);
    await change(id, person('tenant:member'), { ACL: {} });
    expect((await stored(id)).ACL).toEqual({ 'role:admin': RW });
  });

  it('that is taken away becomes the tenant’s again', async () => {
    const id = await rowOf('tenant:member', { ACL: { [cast.people['tenant:member'].id]: RW } });
    expect((await change(id, person('tenant:member'), { ACL: { __op: 'Delete' } })).status).toBe(200);
    expect((await stored(id)).ACL).toEqual(tenantAcl());
  });

  it('stays when a change does not name it', async () => {
    const own = { [cast.people['tenant:member'].id]: RW };
    const id = await rowOf('tenant:member', { ACL: own });
    await change(id, person('tenant:member'), { text: 'changed' });
    expect((await stored(id)).ACL).toEqual({ ...own, 'role:admin': RW });
  });
});

it('refuses an operation on a column of another type, where the trigger meets it first', async () => {
  const id = await rowOf('tenant:member');
  for (const text of [
    { __op: 'Increment', amount: 1 },
    { __op: 'Add', objects: [1] },
    { __op: 'AddRelation', objects: [] },
  ]) {
    const changed = await change(id, person('tenant:member'), { text });
    expect([changed.status, changed.body.code]).toEqual([400, 111]);
  }
});

describe('another tenant', () => {
  it('neither finds, counts, changes nor removes a row', async () => {
    const id = await rowOf('tenant:owner');
    const stranger = person('other tenant');
    for (const where of [
      { objectId: id },
      { $or: [{ objectId: id }, { objectId: 'x' }] },
      { tenant: pointer('Tenant', cast.tenantId) },
      { $or: [{ tenant: pointer('Tenant', cast.tenantId) }] },
      { tenant: { $ne: pointer('Tenant', cast.otherTenantId) } },
    ]) {
      const route = `/classes/${className}?count=1&where=${encodeURIComponent(JSON.stringify(where))}`;
      const { body } = await parseRest('GET', route, stranger);
      expect([body.results, body.count]).toEqual([[], 0]);
    }
    for (const method of ['GET', 'PUT', 'DELETE']) expect(await status(method, id, stranger)).toBe(404);
  });

  it('is where who has moved there is a stranger, also to the rows that name him', async () => {
    const mover = cast.people.sales;
    const id = await rowOf('sales');
    await parseRest('PUT', `/users/${mover.id}`, {
      ...master,
      body: { tenant: pointer('Tenant', cast.otherTenantId) },
    });
    for (const method of ['GET', 'PUT', 'DELETE']) expect(await status(method, id, as(mover))).toBe(404);
    await parseRest('PUT', `/users/${mover.id}`, { ...master, body: { tenant: pointer('Tenant', cast.tenantId) } });
    expect(await status('PUT', id, as(mover))).toBe(200);
  });
});

describe('the column tenant', () => {
  it('comes into a class without rows only', async () => {
    const plain = await makeClass({ classLevelPermissions: FOR_USERS });
    const { body: row } = await parseRest('POST', `/classes/${plain}`, { ...master, body: {} });
    expect((await changeSchema(plain, { fields: TENANT_COLUMN })).body.code).toBe(255);
    await parseRest('DELETE', `/classes/${plain}/${row.objectId}`, master);
    expect((await changeSchema(plain, { fields: TENANT_COLUMN })).status).toBe(200);
    const { body: made } = await parseRest('POST', `/classes/${plain}`, { ...person('tenant:member'), body: {} });
    const read = await parseRest('GET', `/classes/${plain}/${made.objectId}`, master);
    expect(read.body.tenant).toEqual(pointer('Tenant', cast.tenantId));
  });

  it('does not come by saving a row', async () => {
    const plain = await makeClass({});
    const body = { tenant: pointer('Tenant', cast.tenantId) };
    expect((await parseRest('POST', `/classes/${plain}`, { ...master, body })).body.code).toBe(119);
    expect((await schemaOf(plain)).fields.tenant).toBeUndefined();
  });

  it('of another type is the app’s own affair', async () => {
    const plain = await makeClass({ fields: { tenant: { type: 'String' } }, classLevelPermissions: FOR_USERS });
    const { body: row } = await parseRest('POST', `/classes/${plain}`, {
      ...person('tenant:member'),
      body: { tenant: 'mine' },
    });
    const read = await parseRest('GET', `/classes/${plain}/${row.objectId}`, person('other tenant'));
    expect(read.body.tenant).toBe('mine');
  });

  it('may go: the rows keep their ACL', async () => {
    const own = await makeClass({ fields: TENANT_COLUMN, classLevelPermissions: FOR_USERS });
    const { body: row } = await parseRest('POST', `/classes/${own}`, { ...person('tenant:member'), body: {} });
    expect((await changeSchema(own, { fields: { tenant: { __op: 'Delete' } } })).status).toBe(200);
    expect((await parseRest('GET', `/classes/${own}/${row.objectId}`, person('other tenant'))).status).toBe(404);
    expect((await parseRest('GET', `/classes/${own}/${row.objectId}`, person('tenant:member'))).status).toBe(200);
  });
});

it('takes no webhook in the place of the guard', async () => {
  const trigger = { className, triggerName: 'beforeSave', url: 'https://example.com/hook' };
  expect((await parseRest('POST', '/hooks/triggers', { ...master, body: trigger })).body.code).toBe(143);
  await parseRest('PUT', `/hooks/triggers/${className}/beforeSave`, { ...master, body: { __op: 'Delete' } });
  expect((await create(master)).body.code).toBe(142);
});
