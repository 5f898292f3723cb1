import { randomUUID } from 'node:crypto';
import { query } from './ground.mjs';
import { closedLoop, ratios, spread } from './load.mjs';
import { latency } from './webhook-latency.mjs';

const ROUNDS = 5;
const DELIVERIES = Number(process.env.BENCH_WEBHOOKS ?? 3_000);
const ENDPOINTS = 4;
/** As many as all lanes together. */
const CONNECTIONS = 50 * ENDPOINTS;
const PEER_SECONDS = 3;
const PEER = 'undici pool, the same requests, nothing stored';

/**
 * Deliveries that wait, sent to a receiver on this machine by the worker with all that belongs to it (claimed, signed,
 * logged, settled), beside a bare undici pool that posts the same to the same receiver; and how long after a change it is
 * there.
 * @param {import('./ground.mjs').Ground} ground
 */
export async function run(ground) {
  const app = await ground.app({ NODE_ENV: 'development', OUTGOING_LOOPBACK: 'on' });
  const sink = await ground.peer('sink.mjs');
  // First, before the rounds leave work behind.
  const bought = await createEndpoint(app, sink.url, 'purchase');
  const late = await latency(app, { sinkUrl: sink.url, tenant: bought.tenant });
  await fetch(sink.url);
  // Nothing happens of their type: what they get is put there by the rounds.
  const endpoints = [];
  for (let n = 0; n < ENDPOINTS; n += 1) endpoints.push(await createEndpoint(app, sink.url, 'user_deleted'));
  /** @type {{ ours: number[], bare: number[] }} */
  const samples = { ours: [], bare: [] };
  for (let round = 0; round < ROUNDS + 1; round += 1) {
    const bare = await bareRound(sink.url);
    const ours = await sendRound(app.databaseUri, sink.url, endpoints);
    if (round === 0) continue; // warm-up
    samples.bare.push(bare);
    samples.ours.push(ours);
  }
  return [
    { name: PEER, unit: 'requests/s', ...spread(samples.bare), samples: samples.bare },
    {
      name: `webhooks sent and logged, ${ENDPOINTS} endpoints, PostgreSQL`,
      unit: 'deliveries/s',
      ...spread(samples.ours),
      peer: PEER,
      ratio: spread(ratios(samples.ours, samples.bare)),
      samples: samples.ours,
    },
    ...late,
  ];
}

/**
 * @param {import('./ground.mjs').App} app
 * @param {string} url
 * @param {string} type
 * @returns {Promise<{ id: string, tenant: string }>}
 */
async function createEndpoint(app, url, type) {
  const answer = await fetch(`${app.url}/api/webhooks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${app.token}` },
    body: JSON.stringify({ url, types: [type], max_per_second: 1000, max_in_flight: 50 }),
  });
  if (answer.status !== 201) throw new Error(`No endpoint: ${answer.status} ${await answer.text()}`);
  return /** @type {any} */ (await answer.json());
}

/** @param {string} url */
async function bareRound(url) {
  const body = JSON.stringify({
    type: 'purchase',
    timestamp: new Date().toISOString(),
    data: { id: randomUUID(), subject: { class: 'Purchase', id: 'p1' }, payload: { amount: 12 } },
  });
  const headers = {
    'content-type': 'application/json',
    'webhook-id': randomUUID(),
    'webhook-timestamp': '1700000000',
    'webhook-signature': `v1,${'a'.repeat(44)}`,
  };
  const load = { url, path: '/', method: /** @type {const} */ ('POST'), headers, body, status: 204 };
  const { rps, errors } = await closedLoop({ ...load, connections: CONNECTIONS, seconds: PEER_SECONDS });
  if (errors) throw new Error(`${errors} answers had another status.`);
  await fetch(url);
  return rps;
}

/**
 * From the first request to the last row of the log.
 * @param {string} uri
 * @param {string} sinkUrl
 * @param {readonly { id: string, tenant: string }[]} endpoints
 */
async function sendRound(uri, sinkUrl, endpoints) {
  const round = randomUUID();
  await query(
    uri,
    `insert into app.event (id, state, tenant, type, subject_class, subject_id, occurred_at, recorded_at, payload, request_id)
     select $1 || n, 'dispatched', $2, 'purchase', 'Purchase', 'p1', now(), now(), '{"amount":12}', '' from generate_series(1, $3::int) n`,
    [round, endpoints[0]?.tenant, DELIVERIES],
  );
  await query(
    uri,
    `insert into "WebhookDelivery" ("objectId", tenant, endpoint, event_id, event_type, subject_id, status, attempts,
       replay_id, next_attempt_at, "createdAt", "updatedAt")
     select md5($1 || n), $2, ($3::text[])[1 + n % $4], $1 || n, 'purchase', 'p1', 'pending', 0, $1, now(), now(), now()
     from generate_series(1, $5::int) n`,
    [round, endpoints[0]?.tenant, endpoints.map(({ id }) => id), endpoints.length, DELIVERIES],
  );
  await query(
    uri,
    `insert into app.due_webhook (key, tenant, rank, due_at, state, payload)
     select "objectId", tenant, 1, now(), 'ready', jsonb_build_object('delivery_id', "objectId", 'endpoint_id', endpoint)
     from "WebhookDelivery" where replay_id = $1`,
    [round],
  );
  const open = `select 1 from "WebhookDelivery" where replay_id = $1 and status <> 'delivered' limit 1`;
  while ((await query(uri, open, [round])).length) await new Promise((resolve) => setTimeout(resolve, 25));
  const endedAt = Date.now();
  const seen = /** @type {any} */ (await (await fetch(sinkUrl)).json());
  if (seen.count !== DELIVERIES) throw new Error(`${seen.count} of ${DELIVERIES} requests came.`);
  return DELIVERIES / ((endedAt - seen.firstAt) / 1000);
}
