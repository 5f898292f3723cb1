import { APP_ID, MASTER_KEY } from './ground.mjs';
import { pairedRounds } from './load.mjs';

const CLASS = 'Recipe';
const SIGNED_IN = { requiresAuthentication: true };
const PERMISSIONS = { find: SIGNED_IN, get: SIGNED_IN, count: SIGNED_IN, create: SIGNED_IN, update: SIGNED_IN };
const ROWS = 100;

/** @typedef {{ url: string, headers: Record<string, string>, id: string }} OwnApp */
/** @typedef {Omit<import('./load.mjs').Load, 'connections'>} Load */

/**
 * What an app does with a class of its own, as a signed-in user: each with all of this server's gates, and without.
 * @param {import('./ground.mjs').Ground} ground
 */
export async function run(ground) {
  const app = await ground.app();
  const plain = await ground.peer('parse.mjs', { DATABASE_URI: await ground.database('plain') });
  const [ours, theirs] = [await appOf(app.url), await appOf(plain.url)];
  /** @type {(app: OwnApp) => Load} */
  const save = ({ url, headers }) => ({
    ...{ url, headers, path: `/parse/classes/${CLASS}`, method: 'POST', status: 201 },
    body: JSON.stringify({ title: 'Soup', minutes: 30 }),
  });
  /** @type {(app: OwnApp) => Load} */
  const get = ({ url, headers, id }) => ({ url, headers, path: `/parse/classes/${CLASS}/${id}` });
  const where = encodeURIComponent(JSON.stringify({ minutes: { $lt: 10 } }));
  /** @type {(app: OwnApp) => Load} */
  const find = ({ url, headers }) => ({ url, headers, path: `/parse/classes/${CLASS}?where=${where}&order=minutes` });
  return pairedRounds([
    ...pair('a row read', get),
    ...pair(`a query of 10 in ${ROWS} rows and more`, find),
    ...pair('a row saved', save),
  ]);

  /**
   * @param {string} name
   * @param {(app: OwnApp) => Load} load
   */
  function pair(name, load) {
    const peer = `${name}, plain Parse Server`;
    return [
      { name: peer, load: load(theirs) },
      { name, peer, load: load(ours) },
    ];
  }
}

/**
 * A class of the app with rows, and a person who signed up.
 * @param {string} url
 * @returns {Promise<OwnApp>}
 */
async function appOf(url) {
  const master = { 'x-parse-application-id': APP_ID, 'x-parse-master-key': MASTER_KEY };
  await ask(`${url}/parse/schemas/${CLASS}`, master, {
    className: CLASS,
    fields: { title: { type: 'String' }, minutes: { type: 'Number' } },
    classLevelPermissions: PERMISSIONS,
    indexes: { by_minutes: { minutes: 1 } },
  });
  const { sessionToken } = await ask(
    `${url}/parse/users`,
    { 'x-parse-application-id': APP_ID },
    { username: 'somebody', password: 'Bench-pass-1234' },
  );
  const headers = {
    ...{ 'x-parse-application-id': APP_ID, 'x-parse-session-token': sessionToken },
    'content-type': 'application/json',
  };
  let id = '';
  for (let minutes = 0; minutes < ROWS; minutes += 1)
    ({ objectId: id } = await ask(`${url}/parse/classes/${CLASS}`, headers, { title: 'Soup', minutes }));
  return { url, headers, id };
}

/**
 * @param {string} url
 * @param {Record<string, string>} headers
 * @param {unknown} body
 */
async function ask(url, headers, body) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const json = /** @type {any} */ (await answer.json());
  if (!answer.ok) throw new Error(`${url}: ${JSON.stringify(json)}`);
  return json;
}
