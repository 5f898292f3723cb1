import path from 'node:path';
import { ADMIN } from '../harness/app';
import { uniqueName } from '../factories/ids';
import { startExtraServer, type ExtraServer } from './support/extra-server';

let server: ExtraServer;

beforeAll(async () => {
  server = await startExtraServer({ HOST_CLOUD_CODE: path.join(__dirname, 'fixtures/host-cloud.cjs') });
});

afterAll(() => server.stop());

const headers = (): Record<string, string> => ({
  'X-Parse-Application-Id': server.env.PARSE_APP_ID ?? 'appbackend',
  'X-Parse-Master-Key': server.env.PARSE_MASTER_KEY!,
});
const call = (name: string, body: object = {}) =>
  server.api('POST', `/parse/functions/${name}`, { body, headers: headers() });

async function purchase(more: object = {}): Promise<Record<string, unknown>> {
  const login = await server.api('POST', '/api/auth/login', { body: ADMIN });
  const fields = { order_id: uniqueName('o'), total: 1, currency: 'USD', ...more };
  const purchased_at = { __type: 'Date', iso: new Date().toISOString() };
  const made = await server.api('POST', '/parse/classes/Purchase', {
    token: login.body.access_token,
    headers: { 'X-Parse-Application-Id': headers()['X-Parse-Application-Id']! },
    body: { ...fields, purchased_at },
  });
  if (made.status !== 201) return made.body;
  const read = await server.api('GET', `/parse/classes/Purchase/${made.body.objectId}`, { headers: headers() });
  return read.body;
}

it('runs the host’s triggers and ours for one save', async () => {
  const row = await purchase();
  expect(row.source).toBe('host');
  // Ours: the tenant's stamp and its ACL.
  expect(row.tenant).toMatchObject({ className: 'Tenant' });
  expect(Object.keys(row.ACL as object)).toContain('role:admin');
  expect((await call('hostSeen')).body.result).toContain(row.objectId);
});

it('lets the host refuse a save', async () => {
  expect(await purchase({ channel: 'forbidden-by-host' })).toMatchObject({ code: 142, error: 'Not by this channel.' });
});

it('keeps our refusals where the host has a trigger too', async () => {
  expect(await purchase({ no_such_field: 1 })).toMatchObject({ error: expect.stringContaining('no_such_field') });
});

it('runs a trigger on a class that is the host’s alone', async () => {
  const made = await server.api('POST', '/parse/classes/HostThing', { headers: headers(), body: { name: 'x' } });
  expect(made.status).toBe(201);
  const read = await server.api('GET', `/parse/classes/HostThing/${made.body.objectId}`, { headers: headers() });
  expect(read.body).toMatchObject({ stamped: true });
});

it('does not let the host take the name of a function of ours', async () => {
  expect((await call('hostRefusal')).body.result).toContain('belongs to AppBackend');
  expect((await call('getHealth')).body.result.status).toBe('healthy');
});

it.each(['hostBadDate', 'hostCircle', 'hostRespondsBadDate'])(
  '%s, whose result cannot be encoded, ends nothing',
  async (name) => {
    const answer = await call(name);
    expect(answer.status).toBe(400);
    expect((await server.api('GET', '/health/live')).status).toBe(200);
    expect(server.process.exitCode).toBeNull();
  },
);

it.each([
  { __type: 'Date', iso: 'x' },
  { __type: 'File' },
  { __type: 'Pointer' },
  { __type: 'Bytes' },
  { __type: 'Relation' },
  { __type: 'GeoPoint', latitude: 'x' },
  { __type: 'Polygon', coordinates: 5 },
  { __type: 'Object', className: 5 },
  { __op: 'Increment', amount: 'x' },
])('echoing %j ends nothing', async (value) => {
  await call('hostEcho', { value });
  expect((await server.api('GET', '/health/live')).status).toBe(200);
  expect(server.process.exitCode).toBeNull();
});

it('answers a function of the (request, response) kind', async () => {
  expect((await call('hostResponds')).body.result).toEqual({ fine: true });
});

const order = async (): Promise<string[]> => (await call('hostOrder')).body.result;

describe('triggers of one kind on one class', () => {
  it('beforeFind and afterFind are run in turn, each with what the one before gave', async () => {
    for (const name of ['seen', 'seen', 'unseen'])
      await server.api('POST', '/parse/classes/HostSeen', { headers: headers(), body: { name } });
    await order();
    const found = await server.api('GET', '/parse/classes/HostSeen', { headers: headers() });
    expect(found.body.results).toHaveLength(1);
    expect(await order()).toEqual([
      'beforeFind first',
      'beforeFind second',
      '{"name":"seen"}',
      'afterFind first 2',
      'afterFind second 1',
    ]);
  });

  it('of Parse.Config are run', async () => {
    await order();
    const saved = await server.api('PUT', '/parse/config', { headers: headers(), body: { params: { colour: 'red' } } });
    expect(saved.status).toBe(200);
    expect(await order()).toEqual([
      'beforeSave config first',
      'beforeSave config second',
      'afterSave config first',
      'afterSave config second',
    ]);
  });

  it('of a login are run, also when they name the class', async () => {
    await order();
    const login = await server.api('POST', '/parse/login', {
      headers: { 'X-Parse-Application-Id': headers()['X-Parse-Application-Id']! },
      body: { username: ADMIN.email, password: ADMIN.password },
    });
    expect(login.status).toBe(200);
    expect(await order()).toEqual(['beforeLogin first', 'beforeLogin second', 'afterLogin first', 'afterLogin second']);
  });

  it('a validator counts for its own handler, not for ours', async () => {
    await order();
    const refused = await server.api('POST', '/parse/classes/Purchase', {
      headers: headers(),
      body: { order_id: uniqueName('o'), no_such_field: 1 },
    });
    expect(refused.body.error).toContain('no_such_field');
    expect(await order()).toEqual([]);
    await purchase();
    expect(await order()).toContain('not with the master key');
  });

  it('each validator of a class is asked', async () => {
    const login = await server.api('POST', '/api/auth/login', { body: ADMIN });
    const save = (body: object, token?: string) =>
      server.api('POST', '/parse/classes/HostGuarded', {
        headers: token ? { 'X-Parse-Application-Id': headers()['X-Parse-Application-Id']! } : headers(),
        ...(token ? { token } : {}),
        body,
      });
    expect((await save({ title: 'made by the master key' })).status).toBe(201);
    // Made by its first row, the class is closed.
    const classLevelPermissions = { create: { requiresAuthentication: true } };
    await server.api('PUT', '/parse/schemas/HostGuarded', { headers: headers(), body: { classLevelPermissions } });
    await order();
    expect(await save({}, login.body.access_token)).toMatchObject({ status: 400, body: { code: 142 } });
    expect(await order()).toEqual([]);
  });
});
