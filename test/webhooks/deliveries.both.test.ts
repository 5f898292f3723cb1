import { deliveryRows } from '../../cloud/webhooks/delivery.store';
import { trimDeliveries } from '../../cloud/webhooks/chores';
import { eventRows } from '../../core/events/event.store';
import { api, parseFn, waitFor } from '../harness/app';
import { deliveriesOf, happen, newOwner, type Owner } from './support/endpoints';
import { openSending } from './support/sending';
import { openSink, type Sink } from './support/sink';

let close: () => Promise<void>;
let sink: Sink;
let owner: Owner;
let stranger: Owner;
let endpoint: { id: string; secret: string };
let status = 200;

beforeAll(async () => {
  close = openSending();
  sink = await openSink((response) => response.writeHead(status).end(`answered ${status}`));
  owner = await newOwner();
  stranger = await newOwner();
  endpoint = (await owner.create({ url: `${sink.url}/in`, types: ['event.*'] })).body;
});
afterAll(async () => {
  await sink.close();
  await close();
});
beforeEach(() => {
  status = 200;
});

const refusal = (code: string, asked: number) => ({ status: asked, body: { error: { code } } });
const rowsOf = (query: string, count: number) =>
  waitFor(
    async () => {
      const { rows } = await deliveriesOf(owner, endpoint.id, query);
      return rows.length >= count && rows;
    },
    { timeoutMs: 60_000 },
  );
const retry = (id: string, headers: Record<string, string> = {}, who: Owner = owner) =>
  api('POST', `/api/webhooks/deliveries/${id}/retry`, { token: who.token, body: {}, headers });

/** Delivered, of a type that nobody else makes here. */
async function oneDelivery(name: string): Promise<{ id: string; event_id: string }> {
  await happen(owner, name);
  return (await rowsOf(`event_type=event.${name}&status=delivered`, 1))[0];
}

describe('the log', () => {
  it('lists by status, type, event and time, in pages', async () => {
    const from = new Date(Date.now() - 60_000).toISOString();
    await happen(owner, 'listed', 5);
    await happen(owner, 'listed_too', 2);
    const rows = await rowsOf('status=delivered&event_type=event.listed', 5);
    await rowsOf('status=delivered&event_type=event.listed_too', 2);
    const list = async (query: string) => (await owner.call('GET', `/${endpoint.id}/deliveries?${query}`)).body;
    expect(await list(`event_id=${rows[0].event_id}`)).toMatchObject({ total: 1, deliveries: [rows[0]] });
    expect((await list('status=exhausted')).total).toBe(0);
    expect((await list(`event_type=event.listed&from=${from}`)).total).toBe(5);
    expect((await list(`event_type=event.listed&to=${from}`)).total).toBe(0);
    const pages = await Promise.all([1, 2, 3].map((page) => list(`event_type=event.listed&limit=2&page=${page}`)));
    expect(pages.map(({ page, limit, total }) => [page, limit, total])).toEqual([
      [1, 2, 5],
      [2, 2, 5],
      [3, 2, 5],
    ]);
    expect(pages.flatMap(({ deliveries }) => deliveries)).toEqual(rows);
  });

  it('shows request and answer, the very bytes that were sent, and no secret', async () => {
    const row = await oneDelivery('shown');
    const { status: seen, body } = await owner.call('GET', `/deliveries/${row.id}`);
    expect(seen).toBe(200);
    const got = sink.received.find(({ headers }) => headers['webhook-id'] === row.event_id)!;
    expect(body).toMatchObject({
      status: 'delivered',
      attempts: 1,
      webhook_id: endpoint.id,
      next_attempt_at: null,
      request: {
        body: got.body,
        headers: { 'webhook-id': row.event_id, 'webhook-signature': got.headers['webhook-signature'] },
      },
      response: { status: 200, body: 'answered 200' },
    });
    expect(JSON.stringify(body)).not.toContain(endpoint.secret.slice('whsec_'.length));
    const asFunction = await parseFn(
      'getWebhookDelivery',
      { delivery_id: row.id },
      { sessionToken: owner.sessionToken },
    );
    expect(asFunction.body.result).toEqual(body);
  });

  it('says that a delivery will be tried again, when, and why', async () => {
    status = 503;
    await happen(owner, 'failing');
    const [row] = await rowsOf('event_type=event.failing&status=failed', 1);
    const { body } = await owner.call('GET', `/deliveries/${row.id}`);
    expect(body).toMatchObject({ status: 'failed', last_error: { code: 'STATUS' }, response: { status: 503 } });
    expect(Date.parse(body.next_attempt_at)).toBeGreaterThan(Date.parse(body.created_at));
  });

  it('has no body of an event that is not kept any more, and cannot send it', async () => {
    const row = await oneDelivery('forgotten');
    await eventRows.remove({ id: row.event_id });
    const { body } = await owner.call('GET', `/deliveries/${row.id}`);
    expect(body.request).toMatchObject({ body: null, headers: { 'webhook-id': row.event_id } });
    expect(await retry(row.id)).toMatchObject(refusal('CONFLICT', 409));
  });

  it('is kept as long as the events', async () => {
    const row = await oneDelivery('old');
    const days = (count: number) => new Date(Date.now() - count * 86_400_000);
    await deliveryRows.update({ objectId: row.id }, { createdAt: days(89) });
    await trimDeliveries(new Date());
    expect((await owner.call('GET', `/deliveries/${row.id}`)).status).toBe(200);
    await deliveryRows.update({ objectId: row.id }, { createdAt: days(91) });
    await trimDeliveries(new Date());
    expect((await owner.call('GET', `/deliveries/${row.id}`)).status).toBe(404);
  });

  it.each(['status=lost', 'from=yesterday', 'limit=101', 'page=0', 'page=1&offset=1', 'colour=red'])(
    'refuses %s',
    async (query) => {
      const answer = await owner.call('GET', `/${endpoint.id}/deliveries?${query}`);
      expect(answer).toMatchObject(refusal('VALIDATION_ERROR', 400));
    },
  );
});

describe('a retry', () => {
  it('is a new delivery of the same event, with tries of its own', async () => {
    const row = await oneDelivery('retried');
    const answer = await retry(row.id);
    expect(answer).toMatchObject({ status: 202, body: { event_id: row.event_id, status: 'pending' } });
    expect(answer.body.delivery_id).not.toBe(row.id);
    const rows = await rowsOf('event_type=event.retried&status=delivered', 2);
    expect(rows.map(({ id }) => id).sort()).toEqual([row.id, answer.body.delivery_id].sort());
    const got = sink.received.filter(({ headers }) => headers['webhook-id'] === row.event_id);
    expect(got.map(({ body }) => body)).toEqual([got[0]!.body, got[0]!.body]);
  });

  it('takes the place of one that failed and waits', async () => {
    status = 500;
    await happen(owner, 'waiting');
    const [row] = await rowsOf('event_type=event.waiting&status=failed', 1);
    status = 200;
    const answer = await retry(row.id);
    expect(answer.status).toBe(202);
    await rowsOf('event_type=event.waiting&status=delivered', 1);
    const { body } = await owner.call('GET', `/deliveries/${row.id}`);
    // Its second try may have been quicker.
    expect(['cancelled', 'delivered']).toContain(body.status);
    if (body.status === 'cancelled') expect(body.last_error.code).toBe('SENT_AGAIN');
  });

  it('is one for one Idempotency-Key, however often and at once', async () => {
    const row = await oneDelivery('once');
    const headers = { 'Idempotency-Key': `again-${row.id}` };
    const answers = await Promise.all(Array.from({ length: 10 }, () => retry(row.id, headers)));
    const last = await retry(row.id, headers);
    expect(last.status).toBe(202);
    for (const answer of answers) expect([202, 409]).toContain(answer.status);
    const ids = [...answers, last].filter((one) => one.status === 202).map(({ body }) => body.delivery_id);
    expect(new Set(ids).size).toBe(1);
    await rowsOf('event_type=event.once&status=delivered', 2);
    expect((await deliveriesOf(owner, endpoint.id, 'event_type=event.once')).total).toBe(2);
  });

  it('is refused while the endpoint is switched off, and so is a test', async () => {
    const made = (await owner.create({ url: sink.url, types: ['event.off'] })).body;
    const answer = await owner.call('POST', `/${made.id}/test`, {});
    await waitFor(async () => (await deliveriesOf(owner, made.id, 'status=delivered')).total === 1);
    await owner.call('PUT', `/${made.id}`, { active: false });
    expect(await retry(answer.body.delivery_id)).toMatchObject(refusal('CONFLICT', 409));
    expect(await owner.call('POST', `/${made.id}/test`, {})).toMatchObject(refusal('CONFLICT', 409));
  });
});

test('deliveries of other tenants do not exist, and members may not see those of their own', async () => {
  const row = await oneDelivery('private');
  const member = await newOwner(['tenant:member'], owner.tenantId);
  const calls: [string, string, unknown?][] = [
    ['GET', `/${endpoint.id}/deliveries`],
    ['GET', `/deliveries/${row.id}`],
    ['POST', `/deliveries/${row.id}/retry`, {}],
    ['POST', `/${endpoint.id}/test`, {}],
    ['POST', `/${endpoint.id}/replay`, { from: '2024-01-01T00:00:00Z', dry_run: true }],
  ];
  for (const [method, route, body] of calls) {
    const options = body === undefined ? {} : { body };
    expect([route, (await stranger.call(method, route, body)).status]).toEqual([route, 404]);
    expect([route, (await member.call(method, route, body)).status]).toEqual([route, 403]);
    expect([route, (await api(method, `/api/webhooks${route}`, options)).status]).toEqual([route, 401]);
  }
  expect((await owner.call('GET', '/deliveries/none')).status).toBe(404);
  expect((await retry('none')).status).toBe(404);
});
