import { APP_ID, MASTER_KEY } from './ground.mjs';

const PER_SECOND = 50;
const SECONDS = 30;
const WARM_SECONDS = 3;

/**
 * From the stored change to the request at the receiver, at a steady rate: orders are marked paid by Parse REST, and the
 * receiver on this machine says when the webhook of each came. The time begins when the save was asked for.
 * @param {import('./ground.mjs').App} app
 * @param {{ sinkUrl: string, tenant: string }} to
 */
export async function latency(app, { sinkUrl, tenant }) {
  await arrived(sinkUrl, await at(app, tenant, PER_SECOND * WARM_SECONDS));
  const askedAt = await at(app, tenant, PER_SECOND * SECONDS);
  const came = await arrived(sinkUrl, askedAt);
  const times = [...askedAt].map(([id, asked]) => (came[id] ?? NaN) - asked).sort((a, b) => a - b);
  const quantile = (/** @type {number} */ q) => times[Math.ceil(times.length * q) - 1] ?? NaN;
  return [
    { name: `save asked for → webhook received, ${PER_SECOND}/s, median`, unit: 'ms', ...of(quantile(0.5), times) },
    { name: `save asked for → webhook received, ${PER_SECOND}/s, 99 of 100`, unit: 'ms', ...of(quantile(0.99), times) },
  ];
}

/**
 * Waits for the webhooks of all.
 * @param {string} sinkUrl
 * @param {ReadonlyMap<string, number>} asked
 * @returns {Promise<Record<string, number>>} when each came
 */
async function arrived(sinkUrl, asked) {
  /** @type {Record<string, number>} */
  let came = {};
  while (![...asked.keys()].every((id) => id in came)) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    came = { ...came, .../** @type {any} */ (await (await fetch(`${sinkUrl}/purchases`)).json()) };
  }
  return came;
}

/**
 * @param {number} value
 * @param {number[]} times ascending
 */
function of(value, times) {
  return { median: value, min: times[0] ?? NaN, max: times.at(-1) ?? NaN };
}

/**
 * Open loop: each save begins at its own time, whatever became of the one before.
 * @param {import('./ground.mjs').App} app
 * @param {string} tenant
 * @param {number} count
 * @returns {Promise<Map<string, number>>} when each purchase was asked for, in milliseconds since 1970
 */
async function at(app, tenant, count) {
  const begin = Date.now();
  /** @type {Map<string, number>} */
  const askedAt = new Map();
  await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      await new Promise((resolve) => setTimeout(resolve, (n * 1000) / PER_SECOND));
      const asked = Date.now();
      askedAt.set(await savePaid(app, tenant), asked);
    }),
  );
  if (Date.now() - begin > (count * 1000) / PER_SECOND + 5_000) throw new Error('The saves did not keep up.');
  return askedAt;
}

/**
 * @param {import('./ground.mjs').App} app
 * @param {string} tenant
 * @returns {Promise<string>} its id
 */
async function savePaid(app, tenant) {
  const answer = await fetch(`${app.url}/parse/classes/Purchase`, {
    method: 'POST',
    headers: {
      'x-parse-application-id': APP_ID,
      'x-parse-master-key': MASTER_KEY,
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      total: 12.5,
      currency: 'EUR',
      status: 'paid',
      purchased_at: { __type: 'Date', iso: new Date().toISOString() },
      tenant: { __type: 'Pointer', className: 'Tenant', objectId: tenant },
    }),
  });
  if (answer.status !== 201) throw new Error(`No purchase: ${answer.status} ${await answer.text()}`);
  return /** @type {any} */ (await answer.json()).objectId;
}
