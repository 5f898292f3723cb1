import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { deliveryRows } from '../../cloud/webhooks/delivery.store';
import { webhooksConsumer } from '../../cloud/webhooks/webhooks.consumer';
import { findEvent } from '../../core/events/event.store';
import type { DomainEvent } from '../../core/events/event.types';
import { parseRest, waitFor } from '../harness/app';
import { deliveriesOf, happen, newOwner, type Owner } from './support/endpoints';
import { openSending } from './support/sending';
import { openSink, type Sink } from './support/sink';

let close: () => Promise<void>;
let sink: Sink;
let owner: Owner;

beforeAll(async () => {
  close = openSending();
  sink = await openSink();
  owner = await newOwner();
});
afterAll(async () => {
  await sink.close();
  await close();
});

const endpointFor = async (types: string[], who = owner): Promise<{ id: string; secret: string }> => {
  const { status, body } = await who.create({ url: sink.url, types });
  expect(status).toBe(201);
  return body;
};
const delivered = (id: string, count: number, who = owner) =>
  waitFor(
    async () => {
      const { rows } = await deliveriesOf(who, id, 'status=delivered');
      return rows.length >= count && rows;
    },
    { timeoutMs: 60_000 },
  );
const disable = (id: string) =>
  parseRest('PUT', `/classes/WebhookEndpoint/${id}`, {
    masterKey: true,
    body: { active: false, disabled_reason: 'failing' },
  });

test('an event reaches each endpoint that asks for it, once, signed; and no other', async () => {
  const [exact, family, other] = [
    await endpointFor(['event.bought']),
    await endpointFor(['event.*']),
    await endpointFor(['purchase']),
  ];
  const stranger = await newOwner();
  const foreign = await endpointFor(['*'], stranger);
  await happen(owner, 'bought', 3);
  await happen(owner, 'looked', 2);
  const got = await delivered(exact.id, 3);
  await delivered(family.id, 5);
  expect(got.map(({ event_type: type }) => type)).toEqual(Array(3).fill('event.bought'));
  expect((await deliveriesOf(owner, exact.id)).total).toBe(3);
  expect((await deliveriesOf(owner, family.id)).total).toBe(5);
  expect((await deliveriesOf(owner, other.id)).total).toBe(0);
  expect(
    (await deliveriesOf(stranger, foreign.id)).rows.filter(({ event_type: type }) => /^event\./.test(type)),
  ).toEqual([]);
  const one = sink.received.find(({ headers }) => headers['webhook-id'] === got[0].event_id)!;
  const secrets = [exact.secret, family.secret];
  const verified = secrets.filter((secret) => {
    try {
      return new Webhook(secret).verify(one.body, one.headers as Record<string, string>);
    } catch {
      return false;
    }
  });
  expect(verified).toHaveLength(1);
});

test('an endpoint gets every event from the moment its making was answered', async () => {
  for (let round = 0; round < 5; round += 1) {
    const type = `first_${round}`;
    const endpoint = await endpointFor([`event.${type}`]);
    await happen(owner, type);
    expect(await delivered(endpoint.id, 1)).toHaveLength(1);
  }
});

test('one that is switched off gets nothing, and afterwards what happens then', async () => {
  const [off, witness] = [await endpointFor(['event.while_off']), await endpointFor(['event.while_off'])];
  expect((await owner.call('PUT', `/${off.id}`, { active: false })).status).toBe(200);
  await happen(owner, 'while_off', 2);
  await delivered(witness.id, 2);
  expect((await deliveriesOf(owner, off.id)).total).toBe(0);
  expect((await owner.call('PUT', `/${off.id}`, { active: true })).status).toBe(200);
  await happen(owner, 'while_off');
  await delivered(witness.id, 3);
  await delivered(off.id, 1);
  expect((await deliveriesOf(owner, off.id)).total).toBe(1);
});

test('a test event goes to its endpoint alone, whatever types it asks for', async () => {
  const [asked, all] = [await endpointFor(['purchase']), await endpointFor(['*'])];
  const answer = await owner.call('POST', `/${asked.id}/test`, {});
  expect(answer).toMatchObject({ status: 202, body: { status: 'pending' } });
  const [row] = await delivered(asked.id, 1);
  expect(row).toMatchObject({
    id: answer.body.delivery_id,
    event_id: answer.body.event_id,
    event_type: 'webhook_test',
    subject_id: asked.id,
  });
  const types = (await deliveriesOf(owner, all.id)).rows.map(({ event_type: type }) => type);
  expect(types).not.toContain('webhook_test');
});

test('that an endpoint was disabled is told to the others of its tenant', async () => {
  const [broken, other] = [await endpointFor(['*']), await endpointFor(['webhook_endpoint_disabled'])];
  expect((await disable(broken.id)).status).toBe(200);
  const [row] = await delivered(other.id, 1);
  expect(row).toMatchObject({ event_type: 'webhook_endpoint_disabled', subject_id: broken.id });
  const told = await deliveriesOf(owner, broken.id, 'event_type=webhook_endpoint_disabled');
  expect(told.total).toBe(0);
});

test('a batch that is consumed again, also at the same time, makes no row twice', async () => {
  const endpoint = await endpointFor(['event.again']);
  await happen(owner, 'again', 20);
  const rows = await delivered(endpoint.id, 20);
  const found = await Promise.all(rows.map(({ event_id: id }) => findEvent(id)));
  const events = found.filter((event): event is DomainEvent => event !== undefined);
  const { handler } = webhooksConsumer;
  if (typeof handler === 'function') throw new Error('It takes events one by one.');
  const ctx = { clock: { now: () => new Date() } } as Parameters<typeof handler.run>[0];
  const run = { signal: new AbortController().signal, isLastAttempt: false, keyOf: () => '' };
  await Promise.all(Array.from({ length: 5 }, () => handler.run(ctx, events, run)));
  expect(await deliveryRows.count({ endpoint: endpoint.id })).toBe(20);
  expect((await deliveriesOf(owner, endpoint.id, 'status=delivered')).total).toBe(20);
});

test('an event of a tenant without endpoints makes no row', async () => {
  const alone = await newOwner();
  const now = new Date();
  const event: DomainEvent = {
    id: randomUUID(),
    tenant: alone.tenantId,
    type: 'event.looked',
    subject: { className: 'Event', id: 'none' },
    seq: 1,
    occurredAt: now,
    recordedAt: now,
    payload: {},
    requestId: '',
  };
  expect(await webhooksConsumer.wants!([event])).toEqual([]);
});
