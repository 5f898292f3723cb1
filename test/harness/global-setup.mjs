import fs from 'node:fs';
import path from 'node:path';
import { prepare } from '../../scripts/lib/prepare.mjs';
import { inRoot } from '../../scripts/lib/project.mjs';
import { makeRunFolder, openTestDatabases } from './databases.mjs';

/**
 * @typedef {object} TestRun
 * @property {string} folder
 * @property {import('./servers.mjs').TestServer[]} servers
 * @property {import('./databases.mjs').Databases | undefined} databases
 */

/** Jest hands nothing on to the teardown. */
const holder = /** @type {{ __testRun?: TestRun }} */ (globalThis);

/**
 * Boots the servers under test once a run, outside Jest's sandboxes: Parse Server takes seconds to
 * load. TEST_SERVERS=0 leaves them out, for runs of pure tests only.
 * @param {{ maxWorkers: number }} globalConfig
 */
export default async function globalSetup(globalConfig) {
  const folder = makeRunFolder();
  const file = path.join(folder, 'servers.json');
  process.env.TEST_HARNESS_FILE = file;
  /** @type {TestRun} */
  const run = { folder, servers: [], databases: undefined };
  holder.__testRun = run;
  process.once('exit', () => run.databases?.abort()); // Ctrl-C: Jest ends without its teardown
  for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => process.exit(130));
  const facts = (await wantsServers()) ? await startServers(run, globalConfig.maxWorkers) : [];
  fs.writeFileSync(file, JSON.stringify({ servers: facts }));
}

async function wantsServers() {
  if (process.env.TEST_SERVERS === '0') return false;
  // Types are the business of `npm run check` and `npm test`; a run by hand may go on without.
  await prepare({ mode: 'full', lenient: true });
  if (fs.existsSync(inRoot('dist/server/main.js'))) return true;
  console.warn('There is no dist/server/main.js: tests that need a server will fail.');
  return false;
}

/**
 * @param {TestRun} run
 * @param {number} count
 */
async function startServers(run, count) {
  // It needs the launcher, which is compiled only now.
  const { factsOf, startTestServers } = await import('./servers.mjs');
  const lane = process.env.TEST_LANE || 'postgres';
  run.databases = await openTestDatabases({ lane, folder: run.folder, count });
  try {
    run.servers = await startTestServers({ count, folder: run.folder, envFor: run.databases.envFor });
    return run.servers.map(factsOf);
  } catch (error) {
    await run.databases.close();
    run.databases = undefined;
    throw error;
  }
}
