import { createHash, randomUUID } from 'node:crypto';
import { api, type Answer } from '../harness/app';
import { bodyFor, newReceiver, send, SIGN, type Headers, type Receiver, type SchemeName } from './support/senders';

const STORM = 100;
const NAMES = Object.keys(SIGN) as SchemeName[];
/** Those whose id is in a header, where one may come without. */
const WITHOUT_ID: readonly [SchemeName, string][] = [
  ['own', 'X-Webhook-Id'],
  ['shopify', 'X-Shopify-Webhook-Id'],
  ['github', 'X-GitHub-Delivery'],
];

let receiver: Receiver;
const sources = {} as Record<SchemeName, { id: string; secret: string; name: string }>;

beforeAll(async () => {
  receiver = await newReceiver();
  for (const scheme of NAMES)
    sources[scheme] = await receiver.source({ name: scheme.replace('standard-webhooks', 'standard'), scheme });
});

interface Given {
  id: string;
  body: string;
  headers: Headers;
}

/** Signed with the source's secret. */
function given(scheme: SchemeName, id: string, body = bodyFor(scheme, scheme === 'stripe' ? { id } : {})): Given {
  return { id, body, headers: SIGN[scheme](body, sources[scheme].secret, { id }) };
}

async function storm(scheme: SchemeName, { body, headers }: Omit<Given, 'id'>): Promise<Answer[]> {
  return Promise.all(Array.from({ length: STORM }, () => send(sources[scheme].id, body, headers)));
}

/** All accepted, one of them as the first; the id of the row. */
function oneOf(answers: readonly Answer[]): string {
  const tally = answers.map(({ status, body }) => `${status}${body.duplicate ? ' duplicate' : ''}`).sort();
  expect(tally).toEqual(['202', ...Array<string>(answers.length - 1).fill('202 duplicate')]);
  const ids = new Set(answers.map(({ body }) => body.event_id as string));
  expect(ids.size).toBe(1);
  return [...ids][0]!;
}

/** What is listed of a source, by the sender's id. */
async function rowsOf(name: string, webhookId: string): Promise<any[]> {
  const { body } = await receiver.call('GET', `/webhooks?source=${name}&limit=100`);
  expect(body.total).toBeLessThanOrEqual(100);
  return body.webhooks.filter((row: { webhook_id: string }) => row.webhook_id === webhookId);
}

/** Of the tenant, about the stored webhook: asked where all events are. */
async function eventsOf(id: string): Promise<any[]> {
  const { body } = await api('GET', `/api/events?subject_class=IncomingWebhook&subject_id=${id}`, {
    token: receiver.token,
  });
  return body.events;
}

async function expectOne(scheme: SchemeName, rowId: string, webhookId: string): Promise<void> {
  const webhook = await receiver.processed(rowId);
  expect(webhook).toMatchObject({ webhook_id: webhookId, process_number: 1 });
  expect(await rowsOf(sources[scheme].name, webhookId)).toHaveLength(1);
  const events = await eventsOf(rowId);
  expect(events.map(({ id, type }) => ({ id, type }))).toEqual(webhook.events);
  expect(events).toMatchObject([{ data: { incoming_webhook_id: rowId, webhook_id: webhookId, process_number: 1 } }]);
}

test.each(NAMES)(`${STORM} equal ones at once that are signed as %s are one row and one event`, async (scheme) => {
  const webhook = given(scheme, `evt_${randomUUID()}`);
  const id = oneOf(await storm(scheme, webhook));
  await expectOne(scheme, id, webhook.id);
});

test.each(WITHOUT_ID)(
  `${STORM} equal ones at once without an id (%s) are one by their body`,
  async (scheme, header) => {
    const { body, headers } = given(scheme, randomUUID());
    const { [header]: _gone, ...rest } = headers;
    const id = oneOf(await storm(scheme, { body, headers: rest }));
    await expectOne(scheme, id, `sha256:${createHash('sha256').update(body).digest('hex')}`);
    const other = given(scheme, randomUUID());
    const { [header]: _too, ...others } = other.headers;
    const second = await send(sources[scheme].id, other.body, others);
    expect(second.body).toEqual({ received: true, event_id: expect.any(String) });
    expect(second.body.event_id).not.toBe(id);
  },
);

test.each(NAMES)('the same id with another body (%s) is the first one, as it came', async (scheme) => {
  const first = given(scheme, `evt_${randomUUID()}`);
  const { body: stored } = await send(sources[scheme].id, first.body, first.headers);
  const second = given(scheme, first.id, bodyFor(scheme, { id: first.id, is: 'another' }));
  expect(second.body).not.toBe(first.body);
  const answer = await send(sources[scheme].id, second.body, second.headers);
  expect(answer).toMatchObject({ status: 202, body: { event_id: stored.event_id, duplicate: true } });
  expect((await receiver.processed(stored.event_id)).payload).toBe(first.body);
  await expectOne(scheme, stored.event_id, first.id);
});

test('the same body under two ids is two', async () => {
  const body = bodyFor('github');
  const long = 'x'.repeat(190);
  const ids = [
    randomUUID(),
    randomUUID(),
    `${long}${randomUUID()}`,
    `${long}${randomUUID()}`,
    'with blank 1',
    'with blank 2',
  ];
  const answers = await Promise.all(
    ids.map((id) => send(sources.github.id, body, SIGN.github(body, sources.github.secret, { id }))),
  );
  expect(answers.map(({ status, body: { duplicate } }) => [status, duplicate])).toEqual(
    ids.map(() => [202, undefined]),
  );
  expect(new Set(answers.map(({ body: { event_id: id } }) => id)).size).toBe(ids.length);
});

test('the same id and body from two sources, and for two tenants, are two each', async () => {
  const other = await newReceiver();
  const twin = await receiver.source({ name: 'twin', scheme: 'github' });
  const far = await other.source({ name: 'github', scheme: 'github' });
  const body = bodyFor('github');
  const id = randomUUID();
  const answers = await Promise.all(
    [sources.github, twin, far].map((source) => send(source.id, body, SIGN.github(body, source.secret, { id }))),
  );
  expect(answers.map(({ status, body: { duplicate } }) => [status, duplicate])).toEqual(
    Array(3).fill([202, undefined]),
  );
  const rowIds = answers.map(({ body: { event_id: rowId } }) => rowId as string);
  expect(new Set(rowIds).size).toBe(3);
  const types = [
    await receiver.processed(rowIds[0]!),
    await receiver.processed(rowIds[1]!),
    await other.processed(rowIds[2]!),
  ];
  expect(types.map(({ events }) => events.map(({ type }: { type: string }) => type))).toEqual([
    ['webhook.github.push'],
    ['webhook.twin.push'],
    ['webhook.github.push'],
  ]);
  expect((await other.call('GET', '/webhooks')).body.total).toBe(1);
});
