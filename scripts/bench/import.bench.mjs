import fs from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import copy from 'pg-copy-streams';
import { importLog } from './import-client.mjs';
import Parse from 'parse/node';
import { APP_ID, makeTenant, MASTER_KEY } from './ground.mjs';
import { spread } from './load.mjs';
import { purchaseLog } from './purchase-log.mjs';

const ROUNDS = 5;
const SAVE_ALL_ROWS = 2_000;

/**
 * From the HTTP body to final figures, beside the least a database can do (COPY of the very rows
 * the import stored, into a table with the same columns and indexes) and beside Parse's saveAll.
 */
export async function run(ground) {
  const log = process.env.BENCH_LOG ? fs.readFileSync(process.env.BENCH_LOG) : purchaseLog();
  const rows = log.toString('latin1').trimEnd().split('\n').length - 1;
  const app = await ground.app();
  const plain = await ground.peer('parse.mjs', { DATABASE_URI: await ground.database('plain') });
  Parse.initialize(APP_ID, undefined, MASTER_KEY);
  Parse.serverURL = `${plain.url}/parse`;
  await saveAll(100);
  await importLog(app, { log, tenant: await makeTenant(app, 'bench-warm') });
  const client = new pg.Client({ connectionString: app.databaseUri });
  await client.connect();
  const samples = { import: [], copy: [], saveAll: [] };
  const before = { web: rssMb(app.webPid), worker: rssMb(app.workerPid) };
  const peak = { ...before };
  for (let round = 0; round < ROUNDS; round += 1) {
    const sampler = setInterval(() => {
      peak.web = Math.max(peak.web, rssMb(app.webPid));
      peak.worker = Math.max(peak.worker, rssMb(app.workerPid));
    }, 20);
    const tenant = await makeTenant(app, `bench-import-${round}`);
    const { ms, jobId } = await importLog(app, { log, tenant });
    clearInterval(sampler);
    samples.import.push(rows / (ms / 1000));
    samples.copy.push(rows / (await copySeconds(client, jobId)));
    samples.saveAll.push(await saveAll(SAVE_ALL_ROWS));
  }
  await client.end();
  const ratio = (peer) => spread(samples.import.map((value, index) => value / samples[peer][index]));
  const row = (name, key, more = {}) => ({
    name,
    unit: 'rows/s',
    ...spread(samples[key]),
    ...more,
    samples: samples[key],
  });
  return [
    row('bare COPY of the same rows', 'copy'),
    row(`Parse saveAll over HTTP (${SAVE_ALL_ROWS} rows)`, 'saveAll'),
    row(`import of ${rows} purchases, HTTP body to final figures`, 'import', {
      peer: 'bare COPY',
      ratio: ratio('copy'),
    }),
    row('the same', 'import', { peer: 'Parse saveAll', ratio: ratio('saveAll') }),
    { name: 'growth of memory, web process', unit: 'MB', ...spread([peak.web - before.web]) },
    { name: 'growth of memory, worker process', unit: 'MB', ...spread([peak.worker - before.worker]) },
  ];
}

/** Seconds that COPY takes for the rows of a job, bytes ready in memory, into a table like Purchase. */
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
 * What a client would write without an import: Parse objects, sent by `saveAll` in its batches to a
 * plain Parse Server. No customers are made and no figures kept. @returns rows a second
 */
async function saveAll(count) {
  const rows = Array.from({ length: count }, (_, index) => {
    const row = new Parse.Object('Purchase');
    row.set({
      tenant_id: 'bench',
      customer_id: `c${index % 500}`,
      total: index / 100,
      total_minor: index,
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

function rssMb(pid) {
  const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024;
}
