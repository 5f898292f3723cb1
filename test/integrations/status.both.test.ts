import { ADMIN, testServer, waitFor, type Answer } from '../harness/app';
import { uniqueEmail, uniqueName } from '../factories/ids';
import { PASSWORD } from '../factories/people';
import { startExtraServer, type ExtraServer } from '../frame/support/extra-server';
import { KEY, openService, type FakeService, type Mood } from './support/fake-service';

jest.setTimeout(180_000);

const WRONG_KEY = 'a-key-that-nobody-knows';

let notify: FakeService;
let automator: FakeService;
let server: ExtraServer;
let admin: string;
/** Every answer that was given, for what must be in none. */
const told: string[] = [];

beforeAll(async () => {
  [notify, automator] = [await openService(), await openService()];
  const other = testServer();
  server = await startExtraServer({
    INTEGRATIONS_CHECK_SECONDS: '1',
    OPS_ROUTES_PUBLIC: 'off',
    NOTIFY_SERVICE_URL: notify.url,
    NOTIFY_API_KEY: KEY,
    AUTOMATOR_SERVICE_URL: `${automator.url}/flows`,
    AUTOMATOR_API_KEY: WRONG_KEY,
    // A Parse Server indeed.
    PARSE_SERVER_URL: `${other.url}/parse`,
    PARSE_SERVER_APP_ID: 'appbackend',
    PARSE_SERVER_MASTER_KEY: other.masterKey,
  });
  admin = (await server.api('POST', '/api/auth/login', { body: ADMIN })).body.access_token;
});
afterAll(async () => {
  await server.stop();
  await Promise.all([notify.close(), automator.close()]);
});
beforeEach(() => {
  notify.mood = 'well';
});

async function call(method: string, route: string, body?: object): Promise<Answer> {
  const answer = await server.api(method, route, { token: admin, ...(body ? { body } : {}) });
  told.push(JSON.stringify(answer.body));
  return answer;
}
async function status(): Promise<any> {
  const answer = await call('GET', '/api/integrations/status');
  expect(answer.status).toBe(200);
  return answer.body;
}
const stateOf = async (name: string): Promise<any> => (await status()).services[name];
const until = (name: string, expected: object): Promise<unknown> =>
  waitFor(
    async () => {
      expect(await stateOf(name)).toMatchObject(expected);
      return true;
    },
    { timeoutMs: 60_000, everyMs: 200 },
  );
const trial = (service: string, more: object = {}): Promise<Answer> =>
  call('POST', '/api/integrations/test', { service, ...more });

const WELL = {
  status: 'connected',
  configured: true,
  latency: expect.any(Number),
  last_error: null,
  circuit: 'closed',
};
const UNUSED = { status: 'not_configured', configured: false, latency: null, last_checked: null, last_error: null, circuit: 'closed' }; // prettier-ignore

const hasRedis = (): boolean => Boolean(server.env['REDIS_URL']);

describe('the status of the integrations', () => {
  it('tells of each service what was seen last', async () => {
    for (const name of ['notify', 'parse', 'database', 'queue', ...(hasRedis() ? ['redis'] : [])])
      await until(name, WELL);
    await until('automator', { status: 'disconnected', configured: true, last_error: 'It refused the key.' });
    const { status: all, services } = await status();
    expect(all).toBe('degraded');
    expect(Object.keys(services).sort()).toEqual(
      ['automator', 'database', 'notify', 'parse', 'queue', 'redis', 'webhooks'], // prettier-ignore
    );
    expect(services.webhooks).toEqual(UNUSED);
    expect(services.redis).toMatchObject(hasRedis() ? WELL : UNUSED);
    const { last_checked } = services.notify;
    await waitFor(async () => (await stateOf('notify')).last_checked > last_checked);
    expect([...notify.asked, ...automator.asked]).toEqual(['GET /health', 'GET /flows/health']);
  });

  it.each<[Mood, string, string]>([
    ['sick', 'degraded', 'It says of itself that it is not well.'],
    ['slow', 'degraded', 'ms to answer.'],
    ['silent for ever', 'disconnected', 'It did not answer in time.'],
    ['dripping for ever', 'disconnected', 'It did not answer in time.'],
    ['resetting connections', 'disconnected', 'It could not be reached.'],
    ['far too talkative', 'disconnected', 'Its answer is too large.'],
    ['a web page', 'disconnected', 'It did not answer with a JSON object.'],
    ['a list', 'disconnected', 'It did not answer with a JSON object.'],
    ['leading elsewhere', 'disconnected', 'It answered with status 302.'],
    ['broken', 'disconnected', 'It answered with status 500.'],
  ])('is bounded by no service that is %s', async (mood, expected, error) => {
    notify.mood = mood;
    await until('notify', { status: expected, last_error: expect.stringContaining(error) });
    // The others are looked at as before.
    const { last_checked } = await stateOf('database');
    await waitFor(async () => (await stateOf('database')).last_checked > last_checked, { timeoutMs: 30_000 });
    expect(await stateOf('parse')).toMatchObject(WELL);
    notify.mood = 'well';
    await until('notify', WELL);
  });

  it('shows a circuit that opens after failures, and closes when the service is back', async () => {
    notify.mood = 'resetting connections';
    await until('notify', { status: 'disconnected', circuit: 'open' });
    notify.mood = 'well';
    await until('notify', WELL);
  });

  it('is told in the metrics, too', async () => {
    await until('notify', WELL);
    const { body } = await call('GET', '/metrics');
    expect(body).toContain('integration_up{service="notify"} 1');
    expect(body).toContain('integration_up{service="automator"} 0');
    expect(body).toMatch(/integration_latency_seconds\{service="database"\} [\d.]+/);
    expect(body).toContain('integration_circuit{service="notify",state="closed"} 1');
    expect(body).toContain('integration_circuit{service="notify",state="open"} 0');
    expect(body).not.toContain('integration_up{service="webhooks"}');
  });

  it('follows the deliveries of webhooks', async () => {
    const made = await call('POST', '/api/webhooks', { url: 'https://hooks.example.com/in' });
    expect(made.status).toBe(201);
    await until('webhooks', WELL);
    const headers = { 'X-Parse-Application-Id': 'appbackend', 'X-Parse-Master-Key': testServer().masterKey };
    const { results } = (await server.api('GET', '/parse/classes/Tenant?limit=1', { headers })).body;
    const tenant = { __type: 'Pointer', className: 'Tenant', objectId: results[0].objectId };
    const row = (fields: object): Promise<Answer> =>
      server.api('POST', '/parse/classes/WebhookDelivery', {
        headers,
        body: { event_id: uniqueName('e'), event_type: 'purchase', attempts: 1, tenant, ...fields },
      });
    expect(await row({ status: 'exhausted' })).toMatchObject({ status: 201 });
    await until('webhooks', { status: 'disconnected', last_error: 'All 1 recent deliveries failed.' });
    await row({ status: 'delivered', duration_ms: 40 });
    await until('webhooks', { status: 'degraded', latency: 40, last_error: '1 of 2 recent deliveries failed.' });
  });
});

describe('the test of an integration', () => {
  it('shows the key to the service, and sends nothing of what is meant to be done', async () => {
    notify.asked.clear();
    const data = { recipients: ['all_users'], message: { title: 'Hi' } };
    const answer = await trial('notify', { action: 'send_notification', data });
    expect(answer).toMatchObject({
      status: 200,
      body: { service: 'notify', action: 'send_notification', success: true },
    });
    expect(answer.body).toEqual({ ...answer.body, latency: expect.any(Number), message: expect.any(String) });
    expect([...notify.asked]).toEqual(['GET /health']);
    expect(await trial('parse', { action: 'data_sync', data: {} })).toMatchObject({ status: 200 });
    expect(await trial('database')).toMatchObject({ status: 200, body: { action: 'connect' } });
  });

  it('is a cloud function as well', async () => {
    const answer = await server.api('POST', '/parse/functions/testIntegration', {
      headers: { 'X-Parse-Application-Id': 'appbackend', 'X-Parse-Master-Key': testServer().masterKey },
      body: { service: 'notify' },
    });
    expect(answer).toMatchObject({ status: 200, body: { result: { service: 'notify', success: true } } });
  });

  it.each([
    [{ service: 'fax' }],
    [{ service: 'notify', action: 'data_sync' }],
    [{ service: 'notify', action: 'constructor' }],
    [{ service: 'notify', data: 'all' }],
    [{ service: 'notify', url: 'http://169.254.169.254/' }],
    [{}],
  ])('refuses %j', async (body) => {
    const answer = await call('POST', '/api/integrations/test', body);
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'VALIDATION_ERROR' } } });
  });

  it('answers 502 for a wrong key', async () => {
    const answer = await trial('automator');
    expect(answer).toMatchObject({ status: 502, body: { error: { code: 'INTEGRATION_FAILED' } } });
    expect(answer.body.error).toMatchObject({
      message: 'It refused the key.',
      details: { service: 'automator', action: 'connect', success: false, latency: expect.any(Number) },
    });
  });

  it.each<[Mood, number]>([
    ['a web page', 502],
    ['far too talkative', 502],
    ['broken', 502],
    ['leading elsewhere', 502],
    ['resetting connections', 503],
    ['silent for ever', 503],
  ])('answers for a service that is %s with %i', async (mood, expected) => {
    notify.mood = mood;
    const answer = await trial('notify');
    expect(answer).toMatchObject({ status: expected, body: { error: { details: { success: false } } } });
    if (expected === 503) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('answers 503 for what is not configured', async () => {
    const answer = await trial('redis');
    if (hasRedis()) expect(answer).toMatchObject({ status: 200, body: { success: true } });
    else expect(answer).toMatchObject({ status: 503, body: { error: { code: 'INTEGRATION_NOT_CONFIGURED' } } });
  });
});

describe('both', () => {
  it('are for platform administrators where the routes are not public', async () => {
    const person = { email: uniqueEmail(), password: PASSWORD, name: 'Ada' };
    const { body } = await server.api('POST', '/api/auth/register', { body: person });
    for (const [token, expected] of [
      [undefined, 401],
      [body.access_token as string, 403],
    ] as const) {
      const as = token ? { token } : {};
      expect((await server.api('GET', '/api/integrations/status', as)).status).toBe(expected);
      const tried = await server.api('POST', '/api/integrations/test', { ...as, body: { service: 'notify' } });
      expect(tried.status).toBe(expected);
    }
  });

  it('tell no key and no address, in no answer and in no line of the log', () => {
    const all = `${told.join('\n')}\n${server.output()}`;
    expect(told.length).toBeGreaterThan(10);
    for (const secret of [KEY, WRONG_KEY, testServer().masterKey]) expect(all.includes(secret)).toBe(false);
    for (const { url } of [notify, automator]) expect(told.join('\n')).not.toContain(new URL(url).host);
  });
});
