import { readFileSync } from 'node:fs';
import { BSON } from 'mongodb';
import { withDatabase } from '../accounts/support';
import { adminToken, api, parseFn, parseRest, testServer, waitFor } from '../harness/app';
import { connectLive } from '../harness/live-client';
import { deliveriesOf, happen, newOwner, type Owner } from './support/endpoints';
import { openSink, type Sink } from './support/sink';

let sink: Sink;
let owner: Owner;
let webhookId: string;
let sourceId: string;
/** As they stand in whatever would show them: without the prefix, and as bytes. */
let canaries: string[];

const secretsOf = (answers: { status: number; body: { secret: string } }[]): string[] =>
  answers.flatMap(({ status, body: { secret } }) => {
    expect([status, typeof secret]).toEqual([status === 201 ? 201 : 200, 'string']);
    const bare = secret.replace('whsec_', '');
    return [bare, Buffer.from(bare, 'base64').toString('hex')];
  });

beforeAll(async () => {
  sink = await openSink();
  owner = await newOwner();
  const call = (method: string, route: string, body: object = {}) =>
    api(method, `/api/integrations/webhook-sources${route}`, { token: owner.token, body });
  const made = await owner.create({ url: sink.url, types: ['event.canary'] });
  webhookId = made.body.id;
  const source = await call('POST', '', { name: 'canary', scheme: 'standard-webhooks' });
  sourceId = source.body.id;
  canaries = secretsOf([
    made,
    await owner.call('POST', `/${webhookId}/rotate-secret`, {}),
    source,
    await call('POST', `/${sourceId}/rotate-secret`),
  ]);
  await happen(owner, 'canary', 3);
  await waitFor(async () => (await deliveriesOf(owner, webhookId, 'status=delivered')).total === 3);
  expect((await call('POST', `/${sourceId}/test`)).status).toBeLessThan(300);
});
afterAll(() => sink?.close());

function expectNoCanary(what: string, shown: unknown): void {
  const text = typeof shown === 'string' ? shown : JSON.stringify(shown);
  expect([what, text.length > 10, canaries.filter((secret) => text.includes(secret))]).toEqual([what, true, []]);
}

test('there are four, and each is another', () => {
  expect(new Set(canaries).size).toBe(8);
});

test('no route and no cloud function shows one again', async () => {
  const [delivery] = (await deliveriesOf(owner, webhookId)).rows;
  const { token, sessionToken } = owner;
  for (const route of [
    '/webhooks',
    `/webhooks/${webhookId}`,
    `/webhooks/${webhookId}/deliveries`,
    `/webhooks/deliveries/${delivery.id}`,
    '/integrations/webhook-sources',
    `/integrations/webhook-sources/${sourceId}`,
    '/integrations/webhooks',
    '/events?limit=100',
  ]) {
    const { status, body } = await api('GET', `/api${route}`, { token });
    expect([route, status]).toEqual([route, 200]);
    expectNoCanary(route, body);
  }
  for (const [name, input] of [
    ['getWebhook', { webhook_id: webhookId }],
    ['listWebhooks', {}],
    ['getWebhookDelivery', { delivery_id: delivery.id }],
    ['getWebhookSource', { source_id: sourceId }],
  ] as const) {
    const { status, body } = await parseFn(name, input, { sessionToken });
    expect([name, status]).toEqual([name, 200]);
    expectNoCanary(name, body);
  }
  // What is changed answers with the whole endpoint.
  expectNoCanary('update', (await owner.call('PUT', `/${webhookId}`, { description: 'Canary' })).body);
});

test('not even the master key sees one: classes, GraphQL, LiveQuery', async () => {
  for (const className of ['WebhookEndpoint', 'WebhookDelivery', 'IncomingWebhook', 'AuditLog', 'Event']) {
    const { status, body } = await parseRest('GET', `/classes/${className}?limit=1000&order=-createdAt`, {
      masterKey: true,
    });
    expect([className, status]).toEqual([className, 200]);
    expectNoCanary(className, body);
  }
  const query = `{ webhookEndpoint(id: "${webhookId}") { objectId url description } }`;
  const graph = await parseRest('POST', '/../graphql', { masterKey: true, body: { query } });
  expect(graph.body).toMatchObject({ data: { webhookEndpoint: { objectId: webhookId } } });
  const fields = '{ __type(name: "WebhookEndpoint") { fields { name } } }';
  const known = await parseRest('POST', '/../graphql', { masterKey: true, body: { query: fields } });
  const names = known.body.data.__type.fields.map(({ name }: { name: string }) => name);
  expect(names).toContain('url');
  expect(names.filter((name: string) => /secret|key/i.test(name))).toEqual([]);
  const live = await connectLive({ sessionToken: owner.sessionToken });
  expect(await live.ask('WebhookEndpoint')).toMatchObject({ op: 'error', code: 119 });
  live.close();
});

test('neither logs nor figures tell one', async () => {
  const { logFile, env } = testServer();
  expectNoCanary('log', readFileSync(logFile, 'utf8'));
  const token = env['METRICS_TOKEN'] ?? (await adminToken());
  const metrics = await api('GET', '/metrics', { token });
  expect(metrics.status).toBe(200);
  expectNoCanary('metrics', metrics.body);
});

test('the database holds them sealed alone', async () => {
  const tables = await withDatabase<[string, string][]>({
    postgres: async (db) => {
      const { rows } = await db.query<{ name: string }>(
        `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('app', 'public')`,
      );
      const read = async ({ name }: { name: string }): Promise<[string, string]> => {
        const { rows: found } = await db.query<{ text: string }>(
          `select coalesce(string_agg(t::text, ' '), '') as text from ${name} t
           where t::text like any (array(select '%' || one || '%' from unnest($1::text[]) one))`,
          [[...canaries, webhookId]],
        );
        return [name, found[0]!.text];
      };
      const all: [string, string][] = [];
      for (const row of rows) all.push(await read(row));
      return all;
    },
    mongo: async (db) => {
      const all: [string, string][] = [];
      for (const { name } of await db.listCollections().toArray())
        all.push([
          name,
          BSON.EJSON.stringify(await db.collection(name).find().sort({ _id: -1 }).limit(5_000).toArray()),
        ]);
      return all;
    },
  });
  // That this would find one: the endpoint itself is found in its own table, and in that of its secrets.
  const holding = tables.filter(([, text]) => text.includes(webhookId)).map(([name]) => name.replace(/\W/g, ''));
  expect(holding.some((name) => /WebhookEndpoint$/.test(name))).toBe(true);
  expect(holding.some((name) => /webhook_secret$/.test(name))).toBe(true);
  const shown = tables.filter(([, text]) => canaries.some((secret) => text.includes(secret))).map(([name]) => name);
  expect(shown).toEqual([]);
});
