import { parseRest, api, type ParseOptions } from '../harness/app';
import { uniqueName } from '../factories/ids';
import { createPerson, type Person } from '../factories/people';
import { createCast, type Cast } from './support/actors';

let cast: Cast;

beforeAll(async () => {
  cast = await createCast();
});

const as = (person: Person): ParseOptions => ({ sessionToken: person.sessionToken });
const own = (): Person => cast.people['tenant:admin'];

/** A job as the service makes it, of the tenant's administrator. */
async function jobRow(): Promise<{ jobId: string; objectId: string }> {
  const body = { data_type: 'customers', data: [{ customer_id: uniqueName('c') }] };
  const made = await api('POST', '/api/data/process', { token: own().token, body });
  expect(made.status).toBe(202);
  const where = encodeURIComponent(JSON.stringify({ job_id: made.body.job_id }));
  const found = await parseRest('GET', `/classes/DataJob?where=${where}`, { masterKey: true });
  return { jobId: made.body.job_id, objectId: found.body.results[0].objectId };
}

describe('rows of one owner (DataJob)', () => {
  const OTHERS = ['plain user', 'tenant:member', 'analyst', 'support', 'sales', 'other tenant'] as const;

  it.each(OTHERS)('are not there for %s', async (name) => {
    const { jobId, objectId } = await jobRow();
    const someone = as(cast.people[name]);
    expect((await parseRest('GET', `/classes/DataJob/${objectId}`, someone)).status).toBe(404);
    expect((await parseRest('GET', '/classes/DataJob?limit=1000', someone)).body.results).toEqual([]);
    expect((await parseRest('PUT', `/classes/DataJob/${objectId}`, { ...someone, body: {} })).status).toBe(404);
    expect((await parseRest('DELETE', `/classes/DataJob/${objectId}`, someone)).status).toBe(404);
    const token = cast.people[name].token;
    expect((await api('GET', `/api/data/status/${jobId}`, { token })).status).toBe(404);
    expect((await api('GET', `/api/data/results/${jobId}`, { token })).status).toBe(404);
    expect((await api('POST', `/api/queue/jobs/${jobId}/cancel`, { token })).status).toBe(404);
  });

  it.each(['admin', 'super_admin'] as const)('are there for the owner and for %s', async (name) => {
    const { jobId, objectId } = await jobRow();
    for (const person of [own(), cast.people[name]]) {
      expect((await parseRest('GET', `/classes/DataJob/${objectId}`, as(person))).status).toBe(200);
      expect((await api('GET', `/api/data/status/${jobId}`, { token: person.token })).status).toBe(200);
    }
  });

  it.each(['status', 'owner', 'input_path', 'counts'])('keep the server’s field %s from their owner', async (field) => {
    const { objectId } = await jobRow();
    const body = { [field]: field === 'counts' ? {} : 'mine' };
    const answer = await parseRest('PUT', `/classes/DataJob/${objectId}`, { ...as(own()), body });
    expect(answer.status).toBe(404);
  });

  it('cannot be opened to others by their owner', async () => {
    const { objectId } = await jobRow();
    const body = { ACL: { '*': { read: true, write: true } } };
    await parseRest('PUT', `/classes/DataJob/${objectId}`, { ...as(own()), body });
    const stranger = as(cast.people['tenant:member']);
    expect((await parseRest('GET', `/classes/DataJob/${objectId}`, stranger)).status).toBe(404);
  });

  it('are the maker’s alone when a client makes one', async () => {
    const maker = cast.people['tenant:member'];
    const made = await parseRest('POST', '/classes/DataJob', { ...as(maker), body: {} });
    if (made.status !== 201) return;
    const row = await parseRest('GET', `/classes/DataJob/${made.body.objectId}`, { masterKey: true });
    expect(Object.keys(row.body.ACL).sort()).toEqual([maker.id, 'role:admin'].sort());
  });
});

describe('memberships (TenantMember)', () => {
  async function membership(): Promise<string> {
    const person = await createPerson({ roles: ['tenant:member'], tenant: cast.tenantId });
    const user = { __type: 'Pointer', className: '_User', objectId: person.id };
    const where = encodeURIComponent(JSON.stringify({ user }));
    const found = await parseRest('GET', `/classes/TenantMember?where=${where}`, { masterKey: true });
    expect(found.body.results).toHaveLength(1);
    return found.body.results[0].objectId;
  }

  it('are read within the tenant and nowhere else', async () => {
    const id = await membership();
    expect((await parseRest('GET', `/classes/TenantMember/${id}`, as(cast.people['tenant:member']))).status).toBe(200);
    expect((await parseRest('GET', `/classes/TenantMember/${id}`, as(cast.people['other tenant']))).status).toBe(404);
    expect((await parseRest('GET', `/classes/TenantMember/${id}`, as(cast.people['plain user']))).status).toBe(404);
  });

  it.each(['plain user', 'tenant:member', 'analyst', 'other tenant'] as const)(
    'are not changed by %s',
    async (name) => {
      const id = await membership();
      const someone = as(cast.people[name]);
      const update = await parseRest('PUT', `/classes/TenantMember/${id}`, { ...someone, body: { role: 'owner' } });
      const remove = await parseRest('DELETE', `/classes/TenantMember/${id}`, someone);
      expect([update.status, remove.status]).toEqual([404, 404]);
      const row = await parseRest('GET', `/classes/TenantMember/${id}`, { masterKey: true });
      expect(row.body.role).toBe('member');
    },
  );

  it('are not made by people who want to get in', async () => {
    const me = cast.people['plain user'];
    const body = {
      user: { __type: 'Pointer', className: '_User', objectId: me.id },
      tenant: { __type: 'Pointer', className: 'Tenant', objectId: cast.tenantId },
      role: 'owner',
    };
    expect((await parseRest('POST', '/classes/TenantMember', { ...as(me), body })).status).toBe(404);
  });

  it('do not let an administrator of a tenant make owners', async () => {
    const id = await membership();
    const answer = await parseRest('PUT', `/classes/TenantMember/${id}`, { ...as(own()), body: { role: 'owner' } });
    expect(answer.status).toBe(400);
  });
});
