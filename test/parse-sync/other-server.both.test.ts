import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startExtraServer, type ExtraServer } from '../frame/support/extra-server';
import { ADMIN, adminToken, api } from '../harness/app';
import { refusal } from './support/calls';

let remote: Server;
// The check in the background asks as soon as the server is up.
let answer: 'hangs' | 'forbids' | 'breaks' | 'talks nonsense' = 'talks nonsense';
let ours: ExtraServer;
let token: string;

beforeAll(async () => {
  remote = createServer((request, response) => {
    if (answer === 'hangs') return;
    const status = { forbids: 403, breaks: 500, 'talks nonsense': 200 }[answer];
    request
      .resume()
      .on('end', () => response.writeHead(status).end(answer === 'forbids' ? '{"error":"unauthorized"}' : '<'));
  });
  await new Promise<void>((resolve) => remote.listen(0, '127.0.0.1', resolve));
  const { port } = remote.address() as AddressInfo;
  ours = await startExtraServer({
    PARSE_SERVER_URL: `http://127.0.0.1:${port}/parse`,
    PARSE_SERVER_MASTER_KEY: 'k',
    PARSE_SYNC_CLASSES: 'Customer, Purchase',
  });
  token = (await ours.api('POST', '/api/auth/login', { body: ADMIN })).body.access_token;
}, 120_000);

afterAll(async () => {
  await ours?.stop();
  remote.closeAllConnections();
  remote.close();
}, 60_000);

const read = (collection = 'Customer') =>
  ours.api('POST', '/api/integrations/parse/sync', {
    token,
    body: { collection, operation: 'read', data: { objectId: 'x' } },
  });

it('is told of another server that hangs, does not know us, breaks, talks nonsense or is down', async () => {
  answer = 'hangs';
  expect(await read()).toMatchObject(refusal('TIMEOUT', 504));
  answer = 'forbids';
  expect(await read()).toMatchObject(refusal('INTEGRATION_FAILED', 502));
  answer = 'breaks';
  expect(await read()).toMatchObject(refusal('INTEGRATION_FAILED', 502));
  answer = 'talks nonsense';
  expect(await read()).toMatchObject(refusal('INTEGRATION_FAILED', 502));
  remote.closeAllConnections();
  await new Promise((resolve) => remote.close(resolve));
  expect(await read()).toMatchObject(refusal('INTEGRATION_FAILED', 502));
  const user = { action: 'read', user_data: { objectId: 'x' } };
  const account = await ours.api('POST', '/api/integrations/parse/users', { token, body: user });
  expect(account).toMatchObject(refusal('INTEGRATION_FAILED', 502));
}, 60_000);

it('keeps to the classes of PARSE_SYNC_CLASSES', async () => {
  expect(await read('Product')).toMatchObject(refusal('FORBIDDEN', 403));
  expect(await read('OwnClass')).toMatchObject(refusal('FORBIDDEN', 403));
});

it('does not sync with a server that nobody named', async () => {
  const body = { service: 'parse', entities: ['Customer'], direction: 'both' };
  const refused = await api('POST', '/api/integrations/sync', { token: await adminToken(), body });
  expect(refused).toMatchObject(refusal('INTEGRATION_NOT_CONFIGURED', 503));
});
