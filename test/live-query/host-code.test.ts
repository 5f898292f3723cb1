import path from 'node:path';
import { uniqueName } from '../factories/ids';
import { buildPerson } from '../factories/people';
import { ADMIN, waitFor } from '../harness/app';
import { connectLive, openLive } from '../harness/live-client';
import { startExtraServer, type ExtraServer } from '../frame/support/extra-server';

let server: ExtraServer;
beforeAll(async () => {
  server = await startExtraServer({ HOST_CLOUD_CODE: path.join(__dirname, 'fixtures/live-host.cjs') });
});
afterAll(() => server.stop());

const app = { 'X-Parse-Application-Id': 'appbackend' };
const save = async (className: string, body: object): Promise<string> => {
  const headers = { ...app, 'X-Parse-Master-Key': server.env.PARSE_MASTER_KEY! };
  const made = await server.api('POST', `/parse/classes/${className}`, { headers, body });
  expect(made.status).toBe(201);
  return made.body.objectId;
};

test('the host refuses a connection', async () => {
  const client = await openLive(server.url);
  client.send({ op: 'connect', applicationId: 'appbackend', installationId: 'banned' });
  expect(await waitFor(() => client.messages[0])).toMatchObject({ op: 'error', code: 142, error: 'Not this device.' });
  client.close();
});

test('the host refuses and narrows subscriptions, changes events and keeps some back', async () => {
  const master = await connectLive({ url: server.url, masterKey: server.env.PARSE_MASTER_KEY! });
  await save('Room', { open: false });
  const anonymous = await connectLive({ url: server.url });
  expect(await anonymous.ask('Room')).toMatchObject({ op: 'error', code: 142, error: 'Sign in for rooms.' });
  const { requestId } = await master.follow('Room', {}, { keys: ['text', 'told', 'seenBy'] });
  await save('Room', { open: false, text: 'closed' });
  await save('Room', { open: true, text: 'secret' });
  await save('Room', { open: true, text: 'fault' });
  const id = await save('Room', { open: true, text: 'fine' });
  const { object } = await master.hears(requestId, 'create', id);
  expect(object).toMatchObject({ text: 'fine', told: 'create', seenBy: 'nobody' });
  expect(master.events(requestId)).toHaveLength(1);
  expect(master.messages.filter(({ op }) => op === 'error')).toMatchObject([{ code: 141, error: 'The host failed.' }]);
  master.close();
});

test('the host’s trigger on a class of ours takes nothing from our guards', async () => {
  const admin = await server.api('POST', '/api/auth/login', { body: ADMIN });
  const body = buildPerson();
  expect((await server.api('POST', '/api/users', { token: admin.body.access_token, body })).status).toBe(201);
  const other = await server.api('POST', '/api/auth/login', { body });
  const slug = uniqueName('t');
  const tenant = { __type: 'Pointer', className: 'Tenant', objectId: await save('Tenant', { name: 'T', slug }) };
  const [admins, others] = [
    await connectLive({ url: server.url, sessionToken: admin.body.session_token }),
    await connectLive({ url: server.url, sessionToken: other.body.session_token }),
  ];
  const [theirs, foreign] = [await admins.follow('Product'), await others.follow('Product')];
  const id = await save('Product', { external_id: uniqueName(), title: 'Lamp', price: 5, currency: 'USD', tenant });
  expect((await admins.hears(theirs.requestId, 'create', id)).object.title).toBe('Lamp!');
  // One client's events keep their order, and the rooms are everybody's who is signed in.
  const headers = { ...app, 'X-Parse-Master-Key': server.env.PARSE_MASTER_KEY! };
  const classLevelPermissions = { find: { '*': true }, get: { '*': true } };
  expect((await server.api('PUT', '/parse/schemas/Room', { headers, body: { classLevelPermissions } })).status).toBe(
    200,
  );
  const rooms = await waitFor(() => others.follow('Room'));
  await others.hears(rooms.requestId, 'create', await save('Room', { open: true }));
  expect(others.events(foreign.requestId)).toEqual([]);
  admins.close();
  others.close();
});
