import { importLog } from './import-client.mjs';
import { pairedRounds } from './load.mjs';
import { APP_ID, makeTenant } from './ground.mjs';
import { purchaseLog } from './purchase-log.mjs';

const QUESTION = 'population=customers&start_date=2021-03-01&end_date=2021-03-31';

/**
 * The analytics GET with everything on (authentication, limits, metrics, log, validation), and the cloud function.
 * @param {import('./ground.mjs').Ground} ground
 */
export async function run(ground) {
  const app = await ground.app();
  const tenant = await makeTenant(app, 'bench-http');
  await importLog(app, { log: purchaseLog(), tenant });
  const path = `/api/business/analytics/users?${QUESTION}&tenant=${tenant}`;
  const authorization = { authorization: `Bearer ${app.token}` };
  const BODY = await (await fetch(`${app.url}${path}`, { headers: authorization })).text();
  const bare = await ground.peer('express.mjs', { BODY });
  const plain = await ground.peer('parse.mjs', { BODY, DATABASE_URI: await ground.database('plain') });
  const session = await signUp(plain.url);
  /** @type {(name: string, sessionToken: string, params: unknown) => Omit<import('./load.mjs').Load, 'url'>} */
  const asFunction = (name, sessionToken, params) => ({
    path: `/parse/functions/${name}`,
    method: 'POST',
    headers: {
      'x-parse-application-id': APP_ID,
      'x-parse-session-token': sessionToken,
      'content-type': 'application/json',
    },
    body: JSON.stringify(params),
  });
  const params = { ...Object.fromEntries(new URLSearchParams(QUESTION)), tenant };
  return pairedRounds([
    { name: 'bare Express', load: { url: bare.url, path: '/' } },
    { name: 'analytics GET, cached', peer: 'bare Express', load: { url: app.url, path, headers: authorization } },
    {
      name: 'analytics GET, uncached (no-cache)',
      peer: 'bare Express',
      load: { url: app.url, path, headers: { ...authorization, 'cache-control': 'no-cache' } },
    },
    { name: 'plain Parse function', load: { url: plain.url, ...asFunction('figures', session, params) } },
    {
      name: 'analytics cloud function, cached',
      peer: 'plain Parse function',
      load: { url: app.url, ...asFunction('getUserAnalytics', app.sessionToken, params) },
    },
  ]);
}

/**
 * @param {string} url
 * @returns {Promise<string>} the session's token
 */
async function signUp(url) {
  const answer = await fetch(`${url}/parse/users`, {
    method: 'POST',
    headers: { 'x-parse-application-id': APP_ID, 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'bench', password: 'bench-password' }),
  });
  return /** @type {any} */ (await answer.json()).sessionToken;
}
