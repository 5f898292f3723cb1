import { ADMIN, LANE, waitFor, type Answer } from '../harness/app';
import { freshDatabase, startExtraServer, type ExtraServer } from '../frame/support/extra-server';
import { openGate, type TcpGate } from '../jobs/support/tcp-gate';
import { uniqueName } from '../factories/ids';
import { bodyFor, SECRETS, SIGN, type Headers, type SchemeName } from './support/senders';

jest.setTimeout(180_000);

interface Sent {
  path: string;
  body: string;
  headers: Headers;
}

let gate: TcpGate;
let server: ExtraServer;
let dropDatabase: () => Promise<void>;
let token: string;
let source: { id: string; secret: string };

beforeAll(async () => {
  const { uri, drop } = await freshDatabase();
  dropDatabase = drop;
  const behind = new URL(uri);
  gate = await openGate({ host: behind.hostname, port: Number(behind.port) });
  const through = Object.assign(new URL(uri), { port: String(gate.port) }).toString();
  server = await startExtraServer({
    DATABASE_PATIENCE_MS: '500',
    ...(LANE === 'mongo' ? { MONGODB_URL: through } : { DATABASE_URI: through }),
  });
  token = (await server.api('POST', '/api/auth/login', { body: ADMIN })).body.access_token;
  const made = await server.api('POST', '/api/integrations/webhook-sources', { token, body: { name: 'made' } });
  expect(made.status).toBe(201);
  source = made.body;
});
afterAll(async () => {
  await server.stop();
  await gate.stop();
  await dropDatabase();
});

function newWebhook(scheme: SchemeName, path: string, secret: string): Sent {
  const body = bodyFor(scheme);
  return { path, body, headers: SIGN[scheme](body, secret, { id: uniqueName('w') }) };
}
const eachSender = (): Sent[] => [
  newWebhook('own', '', SECRETS.own),
  newWebhook('stripe', '/stripe', SECRETS.stripe),
  newWebhook('own', `/${source.id}`, source.secret),
];
const send = ({ path, body, headers }: Sent): Promise<Answer> =>
  server.api('POST', `/api/integrations/webhook${path}`, {
    body,
    headers: { 'Content-Type': 'application/json', ...headers },
  });
const total = async (): Promise<number> =>
  (await server.api('GET', '/api/integrations/webhooks?limit=1', { token })).body.total;

/** Forgets it: what is known of it would answer for a while. */
async function changeDefaultTenant(): Promise<void> {
  const headers = {
    'X-Parse-Application-Id': 'appbackend',
    'X-Parse-Master-Key': server.env['PARSE_MASTER_KEY']!,
  };
  const bySlug = encodeURIComponent(JSON.stringify({ slug: 'default' }));
  const found = await server.api('GET', `/parse/classes/Tenant?where=${bySlug}`, { headers });
  const [{ objectId, name }] = found.body.results;
  const changed = await server.api('PUT', `/parse/classes/Tenant/${objectId}`, { headers, body: { name } });
  expect(changed.status).toBe(200);
}

it.each(['closed', 'frozen'] as const)('a database that is away (%s) loses none', async (state) => {
  const before = eachSender();
  for (const webhook of before) expect((await send(webhook)).status).toBe(202);
  const count = await waitFor(total);
  await changeDefaultTenant();
  await gate.set(state);
  const meanwhile = eachSender();
  for (const webhook of [...meanwhile, ...before])
    expect(await send(webhook)).toMatchObject({
      status: 503,
      body: { error: { code: 'DATABASE_ERROR' } },
    });
  // Who cannot sign hears nothing of it where the secret is a setting.
  expect((await send({ ...meanwhile[1]!, headers: {} })).status).toBe(401);
  await gate.set('open');
  for (const webhook of meanwhile)
    await waitFor(async () => (await send(webhook)).status === 202, { timeoutMs: 60_000, everyMs: 200 });
  for (const webhook of [...before, ...meanwhile])
    expect(await send(webhook)).toMatchObject({ status: 202, body: { duplicate: true } });
  expect(await total()).toBe(count + meanwhile.length);
});
