import { createHmac, randomUUID } from 'node:crypto';
import { APP_ID, MASTER_KEY, query } from './ground.mjs';
import { pairedRounds } from './load.mjs';

const SECRET = 'a-secret-of-benchmarks-long-enough';
const CLASS = 'BenchNote';
const CONNECTIONS = 16;

/**
 * Signed webhooks with an id each, stored and answered, beside rows of an application's class that an account saves at
 * the same server. Between the rounds the worker makes events of what was accepted.
 * @param {import('./ground.mjs').Ground} ground
 */
export async function run(ground) {
  const app = await ground.app({ WEBHOOK_SECRET: SECRET });
  await createClass(app.url);
  const settle = async () => {
    const open = `select 1 from "IncomingWebhook" where status = 'received' limit 1`;
    while ((await query(app.databaseUri, open)).length) await new Promise((resolve) => setTimeout(resolve, 50));
  };
  const common = { url: app.url, method: /** @type {const} */ ('POST'), connections: CONNECTIONS };
  const peer = 'a row of an own class, saved with a session';
  return pairedRounds(
    [
      {
        name: peer,
        load: {
          ...common,
          path: `/parse/classes/${CLASS}`,
          headers: {
            'x-parse-application-id': APP_ID,
            'x-parse-session-token': app.sessionToken,
            'content-type': 'application/json',
          },
          body: bodyOf('peer'),
          status: 201,
        },
      },
      {
        name: 'a signed webhook, stored and accepted',
        peer,
        load: { ...common, path: '/api/integrations/webhook', next: signed, status: 202 },
      },
    ],
    { settle },
  );
}

/** @param {string} id */
function bodyOf(id) {
  const data = { order: id, total: 12.5, currency: 'EUR', items: [{ sku: 'A-1', quantity: 2 }] };
  return JSON.stringify({ event: 'order.paid', source: 'bench', data, timestamp: new Date().toISOString() });
}

function signed() {
  const id = randomUUID();
  const body = bodyOf(id);
  const headers = {
    'content-type': 'application/json',
    'x-webhook-id': id,
    'x-webhook-signature': `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
  };
  return { headers, body };
}

/** @param {string} url */
async function createClass(url) {
  const fields = Object.fromEntries(
    [
      ['event', 'String'],
      ['source', 'String'],
      ['data', 'Object'],
      ['timestamp', 'String'],
    ].map(([name, type]) => [name, { type }]),
  );
  const answer = await fetch(`${url}/parse/schemas/${CLASS}`, {
    method: 'POST',
    headers: {
      'x-parse-application-id': APP_ID,
      'x-parse-master-key': MASTER_KEY,
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      className: CLASS,
      fields,
      classLevelPermissions: { create: { requiresAuthentication: true } },
    }),
  });
  if (answer.status !== 200) throw new Error(`No class: ${answer.status} ${await answer.text()}`);
}
