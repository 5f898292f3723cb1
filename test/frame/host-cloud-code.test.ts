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
    expect(answer.status).toBeGreaterThanOrEqual(400);
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
