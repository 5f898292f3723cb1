import { HOSTILE_URLS } from '../factories/hostile-urls';
import { startExtraServer, type ExtraServer } from '../frame/support/extra-server';
import { ADMIN, testServer, type Answer } from '../harness/app';
import { URL_OF_NOBODY } from './support/endpoints';

// As in production, a server that may not call this machine. The rule asks no database, hence one lane.
let server: ExtraServer;
let token: string;
let endpoint: { id: string; tenant: string };

beforeAll(async () => {
  server = await startExtraServer({ OUTGOING_LOOPBACK: 'off' });
  token = (await server.api('POST', '/api/auth/login', { body: ADMIN })).body.access_token;
  endpoint = (await server.api('POST', '/api/webhooks', { token, body: { url: URL_OF_NOBODY } })).body;
});
afterAll(() => server.stop());

function ofClass(method: string, id: string, body: object): Promise<Answer> {
  const headers = { 'X-Parse-Application-Id': 'appbackend', 'X-Parse-Master-Key': testServer().masterKey };
  return server.api(method, `/parse/classes/WebhookEndpoint${id}`, { headers, body });
}

it('there are sixty and more', () => expect(new Set(HOSTILE_URLS).size).toBeGreaterThanOrEqual(60));

it.each(HOSTILE_URLS.map((url) => [url] as const))(
  '%j is refused, at creation and change, by both doors',
  async (url) => {
    const tenant = { __type: 'Pointer', className: 'Tenant', objectId: endpoint.tenant };
    const answers = await Promise.all([
      server.api('POST', '/api/webhooks', { token, body: { url } }),
      server.api('PUT', `/api/webhooks/${endpoint.id}`, { token, body: { url } }),
      ofClass('POST', '', { url, tenant }),
      ofClass('PUT', `/${endpoint.id}`, { url }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400]);
    expect(answers.slice(0, 2).map(({ body }) => body.error.details.issues[0].path)).toEqual(['url', 'url']);
  },
);

it('none of them was stored', async () => {
  const { body } = await server.api('GET', '/api/webhooks', { token });
  expect(body.webhooks).toMatchObject([{ id: endpoint.id, url: URL_OF_NOBODY }]);
});
