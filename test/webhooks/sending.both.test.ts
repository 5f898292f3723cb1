import { Webhook } from 'standardwebhooks';
import { putDeliveries } from '../../cloud/webhooks/send.due';
import { eventRows } from '../../core/events/event.store';
import { waitFor } from '../harness/app';
import { newOwner, type Owner } from './support/endpoints';
import { copyOf, makeDeliveries, openSending, quietEndpoint, reread, rereadOne, statuses } from './support/sending';
import { openSink, type Answering, type Sink } from './support/sink';

/** By the worker of the server under test. */
describe('deliveries', () => {
  let close: () => Promise<void>;
  let owner: Owner;
  const sinks: Sink[] = [];

  const sink = async (answer?: Answering): Promise<Sink> => {
    const opened = await openSink(answer);
    sinks.push(opened);
    return opened;
  };

  beforeAll(async () => {
    close = openSending();
    owner = await newOwner();
  });
  afterAll(async () => {
    await Promise.all(sinks.map((one) => one.close()));
    await close();
  });

  test('arrive signed, and the log has the request and the answer', async () => {
    const receiver = await sink((response) => response.writeHead(200, { 'x-seen': 'yes' }).end('thank you'));
    const endpoint = await quietEndpoint(owner, `${receiver.url}/in?x=1`);
    const [row] = await makeDeliveries(owner, endpoint.id);
    await putDeliveries([row!]);
    const after = await waitFor(async () => {
      const now = await rereadOne(row!);
      return now.status === 'delivered' && now;
    });
    const [got] = receiver.received;
    expect(got!.path).toBe('/in?x=1');
    expect(got!.headers).toMatchObject({ 'content-type': 'application/json', 'webhook-id': row!.event_id });
    const body = new Webhook(endpoint.secret).verify(got!.body, got!.headers as Record<string, string>);
    expect(body).toEqual({
      type: 'purchase',
      timestamp: row!.createdAt.toISOString(),
      data: { amount: 12 },
    });
    expect(after).toMatchObject({
      attempts: 1,
      response_status: 200,
      response_body: 'thank you',
      last_error: null,
      next_attempt_at: null,
      delivered_at: expect.any(Date),
      duration_ms: expect.any(Number),
    });
    expect(after.request_headers).toMatchObject({
      'webhook-id': row!.event_id,
      'webhook-signature': got!.headers['webhook-signature'],
      'user-agent': got!.headers['user-agent'],
    });
    expect(JSON.stringify(after)).not.toContain(endpoint.secret.slice('whsec_'.length));
    expect(receiver.received).toHaveLength(1);
  });

  test('that fail are tried again with the same id and the same bytes', async () => {
    let answers = 0;
    const receiver = await sink((response) => response.writeHead(++answers === 1 ? 500 : 200).end('no'));
    const endpoint = await quietEndpoint(owner, receiver.url);
    const [row] = await makeDeliveries(owner, endpoint.id);
    await putDeliveries([row!]);
    const failed = await waitFor(async () => {
      const now = await rereadOne(row!);
      return now.status === 'failed' && now;
    });
    expect(failed).toMatchObject({
      attempts: 1,
      response_status: 500,
      response_body: 'no',
      last_error: { code: 'STATUS' },
    });
    expect(failed.next_attempt_at!.getTime()).toBeGreaterThan(failed.updatedAt.getTime());
    await waitFor(async () => (await rereadOne(row!)).status === 'delivered', { timeoutMs: 40_000 });
    const [first, second] = receiver.received;
    expect(second!.body).toBe(first!.body);
    expect(second!.headers['webhook-id']).toBe(first!.headers['webhook-id']);
    expect((await rereadOne(row!)).attempts).toBe(2);
  }, 90_000);

  test('of an endpoint that answers 410 end, and it is switched off', async () => {
    const receiver = await sink((response) => response.writeHead(410).end());
    const endpoint = await quietEndpoint(owner, receiver.url, { max_in_flight: 1 });
    const rows = await makeDeliveries(owner, endpoint.id, { count: 3 });
    await putDeliveries(rows);
    await waitFor(async () => (await reread(rows)).every(({ next_attempt_at: at }) => at === null));
    const after = await waitFor(async () => {
      const { body } = await owner.call('GET', `/${endpoint.id}`);
      return body.active === false && body;
    });
    expect(after).toMatchObject({ disabled_reason: 'gone' });
    const found = await reread(rows);
    expect(found.filter(({ status }) => status === 'exhausted')[0]!.last_error).toMatchObject({ code: 'GONE' });
    expect(await statuses(rows)).not.toHaveProperty('failed');
  });

  test('are as many at once, and a second, as the receiver takes', async () => {
    const receiver = await sink((response) => void setTimeout(() => response.writeHead(200).end(), 30));
    const endpoint = await quietEndpoint(owner, receiver.url, { max_in_flight: 3, max_per_second: 1000 });
    const rows = await makeDeliveries(owner, endpoint.id, { count: 60 });
    await putDeliveries(rows);
    await waitFor(async () => (await statuses(rows))['delivered'] === 60, { timeoutMs: 60_000 });
    expect(receiver.mostOpen).toBeLessThanOrEqual(3);
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(60);
    // Connections are kept.
    expect(receiver.connections).toBeLessThan(20);
  }, 90_000);

  test('of one that hangs hold up no other of the same tenant', async () => {
    const hanging = await sink(() => undefined);
    const quick = await sink();
    const slow = await quietEndpoint(owner, hanging.url);
    const other = await quietEndpoint(owner, quick.url);
    const stuck = await makeDeliveries(owner, slow.id, { count: 500 });
    await putDeliveries(stuck);
    await waitFor(() => hanging.open === 5);
    const rows = await makeDeliveries(owner, other.id, { count: 50 });
    await putDeliveries(rows);
    await waitFor(async () => (await statuses(rows))['delivered'] === 50);
    // None of the others has even had its time-out when all these have arrived.
    expect(await statuses(stuck)).toEqual({ pending: 500 });
    expect(hanging.mostOpen).toBe(5);
  }, 60_000);

  test.each([
    ['a deleted endpoint', 'ENDPOINT_DELETED', (id: string) => owner.call('DELETE', `/${id}`)],
    ['one that is switched off', 'ENDPOINT_DISABLED', (id: string) => owner.call('PUT', `/${id}`, { active: false })],
  ])('of %s end with the reason', async (_name, code, end) => {
    const receiver = await sink();
    const endpoint = await quietEndpoint(owner, receiver.url);
    const rows = await makeDeliveries(owner, endpoint.id, { count: 2 });
    await end(endpoint.id);
    // One that was made in the same moment, after the others were ended.
    const late = await copyOf(rows[0]!);
    await putDeliveries([...rows, late]);
    await waitFor(async () => (await statuses([...rows, late]))['cancelled'] === 3);
    expect((await rereadOne(late)).last_error).toMatchObject({ code });
    expect(receiver.received).toEqual([]);
  });

  test('of an event that is not kept any more end with the reason', async () => {
    const receiver = await sink();
    const endpoint = await quietEndpoint(owner, receiver.url);
    const [row] = await makeDeliveries(owner, endpoint.id);
    await eventRows.remove({ id: row!.event_id });
    await putDeliveries([row!]);
    await waitFor(async () => (await rereadOne(row!)).status === 'cancelled');
    expect((await rereadOne(row!)).last_error).toMatchObject({ code: 'EVENT_REMOVED' });
    expect(receiver.received).toEqual([]);
  });
});
