import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { api, waitFor } from '../harness/app';
import { deliveriesOf, happen, newOwner } from './support/endpoints';
import { openSink } from './support/sink';

test('what came in as a webhook does not go out to this server again: that would never end', async () => {
  const owner = await newOwner();
  const sink = await openSink();
  const made = await api('POST', '/api/integrations/webhook-sources', {
    token: owner.token,
    body: { name: 'mirror', scheme: 'standard-webhooks' },
  });
  expect(made.status).toBe(201);
  const { url, secret } = made.body;
  const [own, other] = [
    (await owner.create({ url, types: ['*'] })).body.id,
    (await owner.create({ url: sink.url, types: ['*'] })).body.id,
  ];
  try {
    const id = randomUUID();
    const at = new Date();
    const body = JSON.stringify({ type: 'seen', timestamp: at.toISOString(), data: {} });
    const headers = {
      'Content-Type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, at, body),
    };
    expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(202);
    await happen(owner, 'noticed');
    const typesOf = async (webhookId: string): Promise<string[]> => {
      const { rows } = await deliveriesOf(owner, webhookId);
      return rows.map(({ event_type: type }) => String(type)).sort();
    };
    const all = ['event.noticed', 'webhook.mirror.seen'];
    await waitFor(async () => JSON.stringify(await typesOf(other)) === JSON.stringify(all), { timeoutMs: 60_000 });
    // Its deliveries are stored with those of the other: what is not there now never comes.
    await waitFor(async () => (await typesOf(own)).includes('event.noticed'), { timeoutMs: 60_000 });
    expect(await typesOf(own)).toEqual(['event.noticed']);
  } finally {
    await sink.close();
  }
});
