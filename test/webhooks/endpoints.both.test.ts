import { createPerson } from '../factories/people';
import { adminToken, api, parseFn, parseRest } from '../harness/app';
import { newOwner, URL_OF_NOBODY, type Owner } from './support/endpoints';

let owner: Owner;
let stranger: Owner;

beforeAll(async () => {
  owner = await newOwner();
  stranger = await newOwner();
});

const refusal = (code: string, status: number) => ({ status, body: { error: { code } } });

describe('an endpoint', () => {
  it('is made, read, listed, changed and removed', async () => {
    const made = await owner.create({ description: 'Orders', types: ['purchase', 'event.*'] });
    expect(made.status).toBe(201);
    const { secret, ...endpoint } = made.body;
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(endpoint).toMatchObject({
      tenant: owner.tenantId,
      url: URL_OF_NOBODY,
      description: 'Orders',
      types: ['purchase', 'event.*'],
      active: true,
      disabled_reason: null,
      failing_since: null,
      failure_count: 0,
      max_per_second: 50,
      max_in_flight: 5,
    });
    expect(await owner.call('GET', `/${endpoint.id}`)).toMatchObject({ status: 200, body: endpoint });
    const changed = await owner.call('PUT', `/${endpoint.id}`, { description: '', max_in_flight: 2 });
    expect(changed.body).toMatchObject({ description: '', max_in_flight: 2, types: endpoint.types });
    expect((await owner.call('GET', '')).body).toEqual({
      webhooks: [changed.body],
      total: 1,
      page: 1,
      limit: 20,
      offset: 0,
    });
    expect((await owner.call('DELETE', `/${endpoint.id}`)).status).toBe(204);
    expect(await owner.call('GET', `/${endpoint.id}`)).toMatchObject(refusal('NOT_FOUND', 404));
    expect((await owner.call('GET', '')).body.total).toBe(0);
  });

  it('asks for all events when it says nothing', async () => {
    expect((await owner.create()).body.types).toEqual(['*']);
  });

  it.each([
    [{ types: [] }, 'types'],
    [{ types: ['no_such_type'] }, 'types.0'],
    [{ types: ['purchase', 'nothing.*'] }, 'types.1'],
    [{ types: ['purchase', 'purchase'] }, 'types'],
    [{ types: ['constructor'] }, 'types.0'],
    [{ types: ['**'] }, 'types.0'],
    [{ types: 'purchase' }, 'types'],
    [{ types: Array.from({ length: 51 }, (_, n) => `event.e${n}`) }, 'types'],
    [{ description: 'x'.repeat(201) }, 'description'],
    [{ max_per_second: 0 }, 'max_per_second'],
    [{ max_in_flight: 51 }, 'max_in_flight'],
    [{ active: 'yes' }, 'active'],
    [{ url: `https://example.com/${'x'.repeat(2100)}` }, 'url'],
    [{ secret: 'whsec_mine' }, 'secret'],
    [{ failing_since: null }, 'failing_since'],
  ])('is refused with %j', async (fields, path) => {
    const answer = await owner.create(fields);
    expect(answer).toMatchObject(refusal('VALIDATION_ERROR', 400));
    expect(answer.body.error.details.issues[0].path).toBe(path);
  });

  it('does not exist for other tenants', async () => {
    const { id } = (await owner.create()).body;
    const calls: [string, string, unknown?][] = [
      ['GET', `/${id}`],
      ['PUT', `/${id}`, { description: 'mine' }],
      ['DELETE', `/${id}`],
      ['POST', `/${id}/rotate-secret`, {}],
    ];
    for (const [method, route, body] of calls)
      expect([route, (await stranger.call(method, route, body)).status]).toEqual([route, 404]);
    expect((await stranger.call('GET', '')).body.total).toBe(0);
    expect(await stranger.call('GET', `?tenant=${owner.tenantId}`)).toMatchObject(refusal('NOT_FOUND', 404));
    expect(await stranger.create({ tenant: owner.tenantId })).toMatchObject(refusal('NOT_FOUND', 404));
  });

  it('is for the administrators of a tenant, and platform administrators name the tenant', async () => {
    const member = await newOwner(['tenant:member'], owner.tenantId);
    expect(await member.create()).toMatchObject(refusal('FORBIDDEN', 403));
    expect(await member.call('GET', '')).toMatchObject(refusal('FORBIDDEN', 403));
    const token = await adminToken();
    const body = { url: URL_OF_NOBODY, tenant: owner.tenantId };
    const made = await api('POST', '/api/webhooks', { token, body });
    expect(made).toMatchObject({ status: 201, body: { tenant: owner.tenantId } });
    expect((await owner.call('GET', `/${made.body.id}`)).status).toBe(200);
  });
});

describe('the class below the doors', () => {
  const session = (person: { sessionToken: string }) => ({ sessionToken: person.sessionToken });

  it('takes and refuses the same as /api', async () => {
    const made = await parseRest('POST', '/classes/WebhookEndpoint', {
      ...session(owner),
      body: { url: URL_OF_NOBODY, types: ['purchase'] },
    });
    expect(made.status).toBe(201);
    const { body } = await owner.call('GET', `/${made.body.objectId}`);
    expect(body).toMatchObject({ active: true, types: ['purchase'], max_per_second: 50, tenant: owner.tenantId });
    for (const wrong of [
      { url: 'https://10.0.0.1/' },
      { url: 'http://example.com/' },
      {},
      { url: 7 },
      { url: URL_OF_NOBODY, types: ['no_such_type'] },
      { url: URL_OF_NOBODY, types: { __op: 'Add', objects: ['no_such_type'] } },
      { url: URL_OF_NOBODY, max_in_flight: 0.5 },
      { url: URL_OF_NOBODY, failing_since: { __type: 'Date', iso: '2024-01-01T00:00:00.000Z' } },
      { url: URL_OF_NOBODY, enabled_at: null },
      { url: URL_OF_NOBODY, secret: 'whsec_mine' },
      { url: URL_OF_NOBODY, tenant: { __type: 'Pointer', className: 'Tenant', objectId: stranger.tenantId } },
    ]) {
      const answer = await parseRest('POST', '/classes/WebhookEndpoint', { ...session(owner), body: wrong });
      expect([wrong, answer.status]).toEqual([wrong, expect.any(Number)]);
      expect([400, 404]).toContain(answer.status);
    }
    const change = await parseRest('PUT', `/classes/WebhookEndpoint/${made.body.objectId}`, {
      ...session(owner),
      body: { url: 'https://192.168.0.1/' },
    });
    expect(change.status).toBe(400);
  });

  it('holds for a member, for other tenants, and for the master key', async () => {
    const { id } = (await owner.create()).body;
    const member = await createPerson({ roles: ['tenant:member'], tenant: owner.tenantId });
    const create = { body: { url: URL_OF_NOBODY } };
    expect((await parseRest('POST', '/classes/WebhookEndpoint', { ...session(member), ...create })).body.code).toBe(
      119,
    );
    const change = { body: { description: 'mine' } };
    for (const person of [member, stranger])
      expect((await parseRest('PUT', `/classes/WebhookEndpoint/${id}`, { ...session(person), ...change })).status).toBe(
        404,
      );
    const hostile = { masterKey: true, body: { url: 'https://10.0.0.1/' } };
    expect((await parseRest('PUT', `/classes/WebhookEndpoint/${id}`, hostile)).status).toBe(400);
    const log = await parseRest('POST', '/classes/WebhookDelivery', {
      ...session(owner),
      body: { status: 'delivered' },
    });
    expect(log.body.code).toBe(119);
  });

  it('answers cloud functions as REST', async () => {
    const { id } = (await owner.create({ types: ['purchase'] })).body;
    const asFunction = await parseFn('getWebhook', { webhook_id: id }, session(owner));
    expect(asFunction.body.result).toEqual((await owner.call('GET', `/${id}`)).body);
    const made = await parseFn('createWebhook', { url: URL_OF_NOBODY }, session(owner));
    expect(made.body.result.secret).toMatch(/^whsec_/);
    expect((await parseFn('deleteWebhook', { webhook_id: id }, session(stranger))).body.error).toContain('NOT_FOUND');
    expect((await parseFn('deleteWebhook', { webhook_id: id }, session(owner))).status).toBe(200);
  });
});

describe('switching off and on', () => {
  const at = '2024-05-01T00:00:00.000Z';
  const date = { __type: 'Date', iso: at };
  const failing = (id: string) =>
    parseRest('PUT', `/classes/WebhookEndpoint/${id}`, {
      masterKey: true,
      body: { failing_since: date, failure_count: 7 },
    });

  it('tells since when and that it was by hand, and begins anew', async () => {
    const { id } = (await owner.create()).body;
    await failing(id);
    const off = await owner.call('PUT', `/${id}`, { active: false });
    expect(off.body).toMatchObject({ active: false, disabled_reason: 'by_hand', failing_since: at });
    expect(off.body.disabled_at).not.toBeNull();
    const on = await owner.call('PUT', `/${id}`, { active: true });
    expect(on.body).toMatchObject({ active: true, disabled_reason: null, disabled_at: null, failing_since: null });
    expect(on.body.failure_count).toBe(0);
  });

  it('a new address switches on what the server disabled, and not what somebody switched off', async () => {
    const { id } = (await owner.create()).body;
    await parseRest('PUT', `/classes/WebhookEndpoint/${id}`, {
      masterKey: true,
      body: { active: false, disabled_reason: 'failing', disabled_at: date, failing_since: date },
    });
    expect((await owner.call('GET', `/${id}`)).body).toMatchObject({ active: false, disabled_reason: 'failing' });
    const moved = await owner.call('PUT', `/${id}`, { url: 'https://hooks.example.com/other' });
    expect(moved.body).toMatchObject({ active: true, disabled_reason: null, failing_since: null });
    await owner.call('PUT', `/${id}`, { active: false });
    const again = await owner.call('PUT', `/${id}`, { url: 'https://hooks.example.com/third' });
    expect(again.body).toMatchObject({ active: false, disabled_reason: 'by_hand' });
  });
});

it('a tenant has at most fifty, also when many are made at once', async () => {
  const crowd = await newOwner();
  const made = await Promise.all(Array.from({ length: 56 }, () => crowd.create()));
  const statuses = made.map(({ status }) => status).sort();
  expect(statuses).toEqual([...Array<number>(50).fill(201), ...Array<number>(6).fill(409)]);
  expect((await crowd.call('GET', '?limit=100')).body).toMatchObject({ total: 50 });
});
