import { adminToken, api, parseRest } from '../harness/app';
import { probe } from '../accounts/support';
import { buildPerson, buildTenant, createPerson, createTenant, type Person } from '../factories/people';
import { join, pointer } from './support/tenants';

const master = { masterKey: true } as const;

const rolesOf = async (person: Person): Promise<string[]> =>
  (await api('GET', '/api/users/me', { token: person.token })).body.roles;
const tenantOf = async (person: Person): Promise<string> =>
  (await parseRest('GET', `/users/${person.id}`, master)).body.tenant.objectId;

describe('a tenant', () => {
  test('gets defaults, its two roles, and is seen by its members alone', async () => {
    const tenantId = await createTenant();
    const row = (await parseRest('GET', `/classes/Tenant/${tenantId}`, master)).body;
    expect(row).toMatchObject({ status: 'active', settings: { time_zone: 'UTC', currency: 'USD' } });
    const where = encodeURIComponent(
      JSON.stringify({ name: { $in: [`t_${tenantId}_member`, `t_${tenantId}_admin`] } }),
    );
    expect((await parseRest('GET', `/classes/_Role?where=${where}`, master)).body.results).toHaveLength(2);
    const [member, stranger] = [await createPerson(), await createPerson()];
    await join(tenantId, member, 'member');
    const read = async ({ sessionToken }: Person) =>
      (await parseRest('GET', `/classes/Tenant/${tenantId}`, { sessionToken })).status;
    expect([await read(member), await read(stranger)]).toEqual([200, 404]);
  });

  test.each([
    [{ settings: { time_zone: 'Mars/Olympus' } }],
    [{ settings: { currency: 'XXY' } }],
    [{ settings: 'UTC' }],
    [{ slug: 'Not A Slug' }],
    [{ status: 'asleep' }],
    [{ rate_limit: -1 }],
    [{ surprise: true }],
  ])('refuses %j', async (extra) => {
    const made = await parseRest('POST', '/classes/Tenant', { masterKey: true, body: { ...buildTenant(), ...extra } });
    expect([made.status, made.body.code]).toEqual([400, 142]);
  });

  test('has a slug of its own', async () => {
    const body = buildTenant({ slug: 'default' });
    const made = await parseRest('POST', '/classes/Tenant', { masterKey: true, body });
    expect([made.status, made.body.code]).toEqual([400, 137]);
  });

  test('is made and changed by platform admins only', async () => {
    const tenantId = await createTenant();
    const [owner, admin] = [await createPerson(), await createPerson({ roles: ['admin'] })];
    await join(tenantId, owner, 'owner');
    const write = async ({ sessionToken }: Person) =>
      (await parseRest('PUT', `/classes/Tenant/${tenantId}`, { sessionToken, body: { name: 'Other' } })).status;
    expect(await write(owner)).toBe(400);
    expect(await write(admin)).toBe(200);
    const body = { name: 'Mine', slug: `s${Date.now()}` };
    expect((await parseRest('POST', '/classes/Tenant', { sessionToken: owner.sessionToken, body })).status).toBe(400);
  });
});

describe('a membership', () => {
  test('moves the person, gives the roles, and takes both back', async () => {
    const tenantId = await createTenant();
    const person = await createPerson();
    const home = await tenantOf(person);
    const id = await join(tenantId, person, 'admin');
    expect(await tenantOf(person)).toBe(tenantId);
    expect(await rolesOf(person)).toEqual(['tenant:admin']);
    await parseRest('PUT', `/classes/TenantMember/${id}`, { ...master, body: { role: 'member' } });
    expect(await rolesOf(person)).toEqual(['tenant:member']);
    expect((await parseRest('DELETE', `/classes/TenantMember/${id}`, master)).status).toBe(200);
    expect(await rolesOf(person)).toEqual([]);
    expect(await tenantOf(person)).toBe(home);
  });

  test('is one a person and tenant', async () => {
    const [tenantId, person] = [await createTenant(), await createPerson()];
    await join(tenantId, person, 'member');
    await expect(join(tenantId, person, 'admin')).rejects.toThrow();
    await expect(join(tenantId, { ...person, id: 'nobody1234' }, 'member')).rejects.toThrow();
    await expect(join(tenantId, await createPerson(), 'king')).rejects.toThrow();
  });

  test('is managed by the tenant’s own admins, for its own people, owners by owners', async () => {
    const tenantId = await createTenant();
    const [admin, owner, stranger] = [await createPerson(), await createPerson(), await createPerson()];
    await join(tenantId, admin, 'admin');
    const ownerRow = await join(tenantId, owner, 'owner');
    const add = (who: Person, user: Person, role: string) =>
      parseRest('POST', '/classes/TenantMember', {
        sessionToken: who.sessionToken,
        body: { tenant: pointer('Tenant', tenantId), user: pointer('_User', user.id), role },
      });
    // A stranger belongs to another tenant: taking him in would move him.
    expect((await add(admin, stranger, 'member')).status).toBe(400);
    expect((await add(stranger, stranger, 'admin')).status).toBe(404);
    const token = await adminToken();
    const made = await api('POST', '/api/users', {
      token,
      body: buildPerson({ tenant: tenantId }),
    });
    const local = { ...stranger, id: made.body.id };
    expect((await add(admin, local, 'owner')).status).toBe(400);
    expect((await add(admin, local, 'member')).body).toHaveProperty('objectId');
    const dethrone = (who: Person) =>
      parseRest('DELETE', `/classes/TenantMember/${ownerRow}`, { sessionToken: who.sessionToken });
    expect((await dethrone(admin)).status).toBe(400);
    expect((await dethrone(owner)).status).toBe(200);
  });

  test('goes with the account', async () => {
    const [tenantId, person] = [await createTenant(), await createPerson()];
    const id = await join(tenantId, person, 'member');
    await api('POST', `/api/users/${person.id}/erase`, { token: await adminToken() });
    expect(await probe(person.token)).toBe(401);
    expect((await parseRest('GET', `/classes/TenantMember/${id}`, master)).status).toBe(404);
  });
});

test('the default tenant has the first administrator as owner and cannot go', async () => {
  const where = encodeURIComponent(JSON.stringify({ slug: 'default' }));
  const [tenant] = (await parseRest('GET', `/classes/Tenant?where=${where}`, master)).body.results;
  const owner = await parseRest('GET', `/users/${tenant.owner.objectId}`, master);
  expect(owner.body.email).toBe('admin@example.com');
  expect((await parseRest('DELETE', `/classes/Tenant/${tenant.objectId}`, master)).status).toBe(400);
});
