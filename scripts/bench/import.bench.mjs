import fs from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import copy from 'pg-copy-streams';
import { importLog } from './import-client.mjs';
import sdk from 'parse/node';
import { APP_ID, makeTenant, MASTER_KEY } from './ground.mjs';
import { ratios, spread } from './load.mjs';
import { purchaseLog } from './purchase-log.mjs';

/** What the SDK exports is the SDK, whatever its types say of ES modules. */
const Parse = /** @type {typeof sdk.default} */ (/** @type {unknown} */ (sdk));

const ROUNDS = 5;
const SAVE_ALL_ROWS = 2_000;
/** About 95 MB, near the limit of an upload. */
const LARGE = { rows: 420_000, channelLength: 195 };

/**
 * From the HTTP body to final figures, beside the least a database can do (COPY of the very rows
 * the import stored, into a table with the same columns and indexes) and beside Parse's saveAll: on a
 * plain Parse Server, and on this one, whose triggers keep the figures.
 * @param {import('./ground.mjs').Ground} ground
 */
export async function run(ground) {
  const log = process.env.BENCH_LOG ? fs.readFileSync(process.env.BENCH_LOG) : purchaseLog();
  const rows = log.toString('latin1').trimEnd().split('\n').length - 1;
  const app = await ground.app();
  const plain = await ground.peer('parse.mjs', { DATABASE_URI: await ground.database('plain') });
  Parse.initialize(APP_ID, undefined, MASTER_KEY);
  await saveAll(plain, 100);
  await importLog(app, { log, tenant: await makeTenant(app, 'bench-warm') });
  const client = new pg.Client({ connectionString: app.databaseUri });
  await client.connect();
  /** @type {Record<'import' | 'copy' | 'saveAll' | 'saveAllHere', number[]>} */
  const samples = { import: [], copy: [], saveAll: [], saveAllHere: [] };
  const memory = watchMemory(app);
  for (let round = 0; round < ROUNDS; round += 1) {
    const tenant = await makeTenant(app, `bench-import-${round}`);
    const { ms, jobId } = await importLog(app, { log, tenant });
    samples.import.push(rows / (ms / 1000));
    samples.copy.push(rows / (await copySeconds(client, jobId)));
    samples.saveAll.push(await saveAll(plain, SAVE_ALL_ROWS));
  }
  await client.end();
  const usual = memory.stop();
  const largeMemory = watchMemory(app);
  const large = purchaseLog(LARGE);
  const { ms: largeMs } = await importLog(app, { log: large, tenant: await makeTenant(app, 'bench-large') });
  const atLarge = largeMemory.stop();
  // At the end: these rows' figures are made in the background, beside whatever is measured next.
  await saveAll(app, 100, await makeTenant(app, 'bench-saving-warm'));
  for (let round = 0; round < ROUNDS; round += 1) {
    samples.saveAllHere.push(await saveAll(app, SAVE_ALL_ROWS, await makeTenant(app, `bench-saving-${round}`)));
  }
  /** @param {keyof typeof samples} peer */
  const ratio = (peer) => spread(ratios(samples.import, samples[peer]));
  /** @type {(name: string, key: keyof typeof samples, more?: object) => import('./load.mjs').Figure & import('./load.mjs').Spread} */
  const row = (name, key, more = {}) => ({
    name,
    unit: 'rows/s',
    ...spread(samples[key]),
    ...more,
    samples: samples[key],
  });
  return [
    row('bare COPY of the same rows', 'copy'),
    row(`Parse saveAll to a plain Parse Server (${SAVE_ALL_ROWS} rows)`, 'saveAll'),
    row(`Parse saveAll to this server (${SAVE_ALL_ROWS} rows, without customers)`, 'saveAllHere'),
    row(`import of ${rows} purchases, HTTP body to final figures`, 'import', {
      peer: 'bare COPY',
      ratio: ratio('copy'),
    }),
    row('the same', 'import', { peer: 'saveAll to a plain Parse Server', ratio: ratio('saveAll') }),
    row('the same', 'import', { peer: 'saveAll to this server', ratio: ratio('saveAllHere') }),
    mb('growth of memory, web process', usual.web),
    mb('growth of memory, worker process', usual.worker),
    {
      name: `import of ${LARGE.rows} purchases in ${Math.round(large.length / 1e6)} MB, once`,
      unit: 'rows/s',
      ...spread([LARGE.rows / (largeMs / 1000)]),
    },
    mb('growth of memory by it, web process', atLarge.web),
    mb('growth of memory by it, worker process', atLarge.worker),
  ];
}

/** @type {(name: string, value: number) => import('./load.mjs').Figure & import('./load.mjs').Spread} */
const mb = (name, value) => ({ name, unit: 'MB', ...spread([value]) });

/**
 * Looks at both processes fifty times a second. `stop` gives the largest growth since the beginning, MB.
 * @param {import('./ground.mjs').App} app
 */
function watchMemory({ webPid, workerPid }) {
  const before = { web: rssMb(webPid), worker: rssMb(workerPid) };
  const peak = { ...before };
  const sampler = setInterval(() => {
    peak.web = Math.max(peak.web, rssMb(webPid));
    peak.worker = Math.max(peak.worker, rssMb(workerPid));
  }, 20);
  return {
    stop() {
      clearInterval(sampler);
      return { web: peak.web - before.web, worker: peak.worker - before.worker };
    },
  };
}

/**
 * Seconds that COPY takes for the rows of a job, bytes ready in memory, into a table like Purchase.
 * @param {pg.Client} client
 * @param {string} jobId
 */
async function copySeconds(client, jobId) {
  const out = client.query(copy.to(`copy (select * from "Purchase" where import_id = '${jobId}') to stdout`));
  const chunks = [];
  for await (const chunk of out) chunks.push(chunk);
  await client.query('drop table if exists bench_copy');
  await client.query('create table bench_copy (like "Purchase" including indexes)');
  const startedAt = performance.now();
  await pipeline(Readable.from(chunks), client.query(copy.from('copy bench_copy from stdin')));
  return (performance.now() - startedAt) / 1000;
}

/**
 * What a client would write without an import: Parse objects, sent by `saveAll` in its batches. No customers are made;
 * figures are kept by this server only, for the tenant.
 * @param {{ url: string }} server
 * @param {number} count
 * @param {string} [tenant]
 * @returns {Promise<number>} rows a second
 */
async function saveAll(server, count, tenant) {
  Parse.serverURL = `${server.url}/parse`;
  const owner = tenant ? { tenant: Parse.Object.fromJSON({ className: 'Tenant', objectId: tenant }) } : {};
  const rows = Array.from({ length: count }, (_, index) => {
    const row = new Parse.Object('Purchase');
    row.set({
      ...owner,
      total: index / 100,
      currency: 'USD',
      status: 'paid',
      purchased_at: new Date(1_600_000_000_000 + index * 1000),
      items: [{ quantity: 1, amount: index / 100 }],
    });
    return row;
  });
  const startedAt = performance.now();
  await Parse.Object.saveAll(rows, { useMasterKey: true });
  return count / ((performance.now() - startedAt) / 1000);
}

/** @param {number | undefined} pid */
function rssMb(pid) {
  const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}
