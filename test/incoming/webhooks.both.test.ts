import { api, parseFn, parseRest, testServer, type Answer } from '../harness/app';
import { connectLive } from '../harness/live-client';
import { createPerson } from '../factories/people';
import { bodyFor, newReceiver, send, SIGN, type Headers, type Receiver } from './support/senders';

let receiver: Receiver;
let shop: { id: string; secret: string };
let repo: { id: string; secret: string };

beforeAll(async () => {
  receiver = await newReceiver();
  shop = await receiver.source({ name: 'shop', scheme: 'own' });
  repo = await receiver.source({ name: 'repo', scheme: 'github' });
});

const refusal = (status: number, code: string) => ({ status, body: { error: { code } } });

async function received(event = 'order.paid'): Promise<any> {
  const body = bodyFor('own', { event });
  return receiver.processed((await send(shop.id, body, SIGN.own(body, shop.secret))).body.event_id);
}
async function pushed(event = 'push'): Promise<any> {
  const body = bodyFor('github');
  return receiver.processed((await send(repo.id, body, SIGN.github(body, repo.secret, { event }))).body.event_id);
}
const process = (id: string, headers: Record<string, string> = {}): Promise<Answer> =>
  api('POST', `/api/integrations/webhooks/${id}/process`, { token: receiver.token, headers });

describe('the list', () => {
  it('is by source, event, status and time, the newest first, in pages', async () => {
    const owner = receiver;
    const before = new Date().toISOString();
    const [a, b, c] = [await received('listed.a'), await received('listed.b'), await pushed('listed.a')];
    const list = async (query: string): Promise<any> => (await owner.call('GET', `/webhooks?${query}`)).body;
    const ids = async (query: string) => (await list(query)).webhooks.map(({ id }: { id: string }) => id);
    const since = `from=${before}`;
    expect(await ids(since)).toEqual([c.id, b.id, a.id]);
    expect(await ids(`${since}&source=shop`)).toEqual([b.id, a.id]);
    expect(await ids('event=listed.a')).toEqual([c.id, a.id]);
    expect(await ids('event=listed.a&source=repo')).toEqual([c.id]);
    expect(await ids(`${since}&status=processed`)).toEqual([c.id, b.id, a.id]);
    expect((await list('status=failed')).total).toBe(0);
    expect(await ids(`from=${b.received_at}&to=${c.received_at}`)).toEqual([b.id]);
    expect((await list(`to=${before}&event=listed.a`)).total).toBe(0);
    expect(await list(`${since}&limit=1&page=2`)).toMatchObject({
      webhooks: [{ id: b.id }],
      ...{ total: 3, page: 2, limit: 1, offset: 1 },
    });
    const { payload: _payload, headers: _headers, events: _events, ...facts } = b;
    expect((await list(`${since}&limit=1&page=2`)).webhooks).toEqual([facts]);
  });

  it.each(['status=unknown', 'from=yesterday', 'limit=101', 'limit=0', 'page=0', 'page=2&offset=1', 'secret=1'])(
    'is refused with %s',
    async (query) => {
      expect(await receiver.call('GET', `/webhooks?${query}`)).toMatchObject(refusal(400, 'VALIDATION_ERROR'));
    },
  );

  it('knows nothing of what never came', async () => {
    for (const [method, route] of [
      ['GET', '/webhooks/none'],
      ['POST', '/webhooks/none/process'],
    ] as const)
      expect(await receiver.call(method, route)).toMatchObject(refusal(404, 'NOT_FOUND'));
  });
});

describe('what came in', () => {
  it('is shown with its body and its headers, and no signature', async () => {
    const body = bodyFor('github');
    const headers: Headers = {
      ...SIGN.github(body, repo.secret),
      Authorization: 'Basic b3BlbjpzZXNhbWU=',
      Cookie: 'sid=open',
    };
    const { body: answer } = await send(repo.id, body, headers);
    const webhook = await receiver.processed(answer.event_id);
    expect(webhook).toMatchObject({
      id: answer.event_id,
      source: 'repo',
      event: 'push',
      webhook_id: headers['X-GitHub-Delivery'],
      payload: body,
      size_bytes: Buffer.byteLength(body),
      headers: { 'x-github-event': 'push', 'content-type': 'application/json' },
      last_error: null,
    });
    const shown = JSON.stringify(webhook);
    for (const secret of ['b3BlbjpzZXNhbWU', 'sid=open', headers['X-Hub-Signature-256']!.slice(7), repo.secret])
      expect(shown).not.toContain(secret);
  });

  it('keeps of an event’s name what an event may be called', async () => {
    for (const [given, name] of [
      ['order.paid', 'order.paid'],
      ['Grüße 1/2:3', 'Grüße 1/2:3'],
      ['*', '_'],
      ['a\u0000b\nc', 'a_b_c'],
      ['<script>', '_script_'],
      ['x'.repeat(500), 'x'.repeat(120)],
      ['.', '.'],
      ['\u{1F600}', '_'],
    ] as const) {
      const webhook = await received(given);
      expect(webhook).toMatchObject({ event: name, events: [{ type: `webhook.shop.${name}` }] });
    }
    const body = bodyFor('github');
    const { 'X-GitHub-Event': _event, ...headers } = SIGN.github(body, repo.secret);
    const { body: answer } = await send(repo.id, body, headers);
    expect((await receiver.processed(answer.event_id)).event).toBe('unknown');
  });
});

describe('processing again', () => {
  it('makes another event each time', async () => {
    const webhook = await received();
    for (const number of [2, 3]) {
      expect(await process(webhook.id)).toMatchObject({
        status: 202,
        body: { id: webhook.id, status: 'received', process_number: number },
      });
      const again = await receiver.processed(webhook.id);
      expect(again.process_number).toBe(number);
      expect(again.events).toHaveLength(number);
    }
    const { events } = await receiver.processed(webhook.id);
    const told = await Promise.all(
      events.map(({ id }: { id: string }) => api('GET', `/api/events/${id}`, { token: receiver.token })),
    );
    expect(told.map(({ body }) => body.data.process_number).sort()).toEqual([1, 2, 3]);
    expect(new Set(told.map(({ body }) => body.type))).toEqual(new Set(['webhook.shop.order.paid']));
    expect(new Set(told.map(({ body }) => body.occurred_at))).toEqual(new Set([webhook.received_at]));
  });

  it('is one for one Idempotency-Key, however often, and answered the same', async () => {
    const webhook = await received();
    const headers = { 'Idempotency-Key': `again-${webhook.id}` };
    const first = await process(webhook.id, headers);
    expect(first.status).toBe(202);
    await receiver.processed(webhook.id);
    for (const answer of [await process(webhook.id, headers), await process(webhook.id, headers)])
      expect(answer).toMatchObject({ status: 202, body: first.body });
    expect((await receiver.processed(webhook.id)).events).toHaveLength(2);
  });

  it('is one of those that are asked for at once', async () => {
    const webhook = await received();
    const answers = await Promise.all(Array.from({ length: 10 }, () => process(webhook.id)));
    const begun = answers.filter(({ status }) => status === 202);
    for (const answer of answers.filter(({ status }) => status !== 202))
      expect(answer).toMatchObject(refusal(409, 'CONFLICT'));
    const again = await receiver.processed(webhook.id);
    expect([again.process_number, again.events.length]).toEqual([begun.length + 1, begun.length + 1]);
  });

  it('is a cloud function, too', async () => {
    const webhook = await received();
    const by = { sessionToken: receiver.sessionToken };
    const answer = await parseFn('processIncomingWebhook', { incoming_webhook_id: webhook.id }, by);
    expect(answer.body.result).toMatchObject({ id: webhook.id, process_number: 2 });
    await receiver.processed(webhook.id);
    const read = await parseFn('getIncomingWebhook', { incoming_webhook_id: webhook.id }, by);
    expect(read.body.result).toEqual((await receiver.read(webhook.id)).body);
  });

  it('needs a repetition by the sender for nothing: that stays the first one', async () => {
    const body = bodyFor('own');
    const headers = SIGN.own(body, shop.secret, { id: 'once-more' });
    const { body: answer } = await send(shop.id, body, headers);
    await receiver.processed(answer.event_id);
    await process(answer.event_id);
    await receiver.processed(answer.event_id);
    expect((await send(shop.id, body, headers)).body).toEqual({ ...answer, duplicate: true });
    expect((await receiver.read(answer.event_id)).body).toMatchObject({ status: 'processed', process_number: 2 });
  });
});

describe('below the operations', () => {
  it('no door of Parse shows webhooks that came in to a tenant, or lets anybody make or change one', async () => {
    const webhook = await received();
    const member = await createPerson({ roles: ['tenant:member'], tenant: receiver.tenantId });
    for (const { sessionToken } of [receiver, member]) {
      const by = { sessionToken };
      const found = await parseRest('GET', '/classes/IncomingWebhook', by);
      expect(found.body.results ?? []).toEqual([]);
      const one = await parseRest('GET', `/classes/IncomingWebhook/${webhook.id}`, by);
      expect([403, 404]).toContain(one.status);
      const change = { ...by, body: { status: 'failed', event: 'mine' } };
      expect([400, 403, 404]).toContain(
        (await parseRest('PUT', `/classes/IncomingWebhook/${webhook.id}`, change)).status,
      );
      const create = { ...by, body: { source: 'shop', event: 'forged', webhook_id: 'w', status: 'received' } };
      expect((await parseRest('POST', '/classes/IncomingWebhook', create)).body.code).toBe(119);
      const query = `{ incomingWebhooks { edges { node { objectId payload } } } }`;
      const graphql = await api('POST', '/graphql', {
        headers: { 'X-Parse-Session-Token': sessionToken, 'X-Parse-Application-Id': 'appbackend' },
        body: { query },
      });
      expect(JSON.stringify(graphql.body)).not.toContain(webhook.id);
      expect(JSON.stringify(graphql.body)).not.toContain('order.paid');
    }
    expect((await receiver.read(webhook.id)).body).toMatchObject({ status: 'processed', event: 'order.paid' });
  });

  it('LiveQuery tells of none, and sources are no class', async () => {
    const { masterKey } = testServer();
    for (const keys of [{}, { sessionToken: receiver.sessionToken }, { masterKey }]) {
      const client = await connectLive(keys);
      expect(await client.ask('IncomingWebhook')).toMatchObject({ op: 'error', code: 119 });
      client.close();
    }
    const { body } = await parseRest('GET', '/schemas', { masterKey: true });
    const names = body.results.map(({ className }: { className: string }) => className) as string[];
    expect(names).toContain('IncomingWebhook');
    expect(names.filter((name) => /source/i.test(name))).toEqual([]);
    for (const name of ['incoming_source', 'IncomingSource', 'app.incoming_source'])
      expect((await parseRest('GET', `/classes/${name}`, { masterKey: true })).body.results ?? []).toEqual([]);
    // The collection of MongoDB.
    const { status, body: refused } = await parseRest('GET', '/classes/app_incoming_source', { masterKey: true });
    expect([status, refused.code]).toEqual([400, 103]);
  });
});
