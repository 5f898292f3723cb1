import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import { analyticsStore } from '../../cloud/analytics/analytics.store';
import { foldNow, rebuildTenant } from '../../cloud/analytics/folding.service';
import { markDays } from '../../cloud/analytics/marking.service';
import { readPeople } from '../../cloud/analytics/people.service';
import { readRevenue } from '../../cloud/analytics/revenue.service';
import { database } from '../../core/database/database';
import { addDays } from '../../values/zone';
import { spawnWorker, testServer, waitFor } from '../harness/app';
import { derivedRows, insertFacts, insertTenant, testContext } from './support/facts';
import { openServerDatabase } from './support/store';

const DAYS = 500;
const ROWS = 15_000;
const PEOPLE = 3_000;
const ALL_DAYS = Array.from({ length: DAYS }, (_, index) => addDays('2019-01-01', index));
const WINDOW = { start_date: '2019-01-01', end_date: addDays('2019-01-01', DAYS - 1) };

let close: () => Promise<void>;
/** The server's own two processes fold as well; they stand still, so that the killed one does the work. */
const others = (): number[] => [testServer().webPid, testServer().workerPid];
beforeAll(() => {
  close = openServerDatabase();
  for (const pid of others()) process.kill(pid, 'SIGSTOP');
});
afterAll(async () => {
  for (const pid of others()) process.kill(pid, 'SIGCONT');
  await close?.();
});

/** Marked before and after the write, as live changes are. */
async function makeFacts(tenantId: string): Promise<void> {
  const rows = Array.from({ length: ROWS }, (_, index) => ({
    tenant: tenantId,
    customer: `kill${index % PEOPLE}`,
    currency: 'USD',
    status: 'paid',
    total_minor: 100,
    purchased_at: new Date(`${addDays('2019-01-01', (index * 7) % DAYS)}T12:00:00Z`),
  }));
  await markDays(tenantId, ALL_DAYS);
  await insertFacts('Purchase', rows);
  await markDays(tenantId, ALL_DAYS);
}

const dueDays = async (tenantId: string): Promise<number> =>
  (await analyticsStore().markedDays(tenantId)).filter(({ isDue }) => isDue).length;

async function isFolding(tenantId: string): Promise<boolean> {
  const opened = database();
  if (opened.kind === 'mongo') {
    return (await opened.db.collection('app_lease').findOne({ _id: `fold.${tenantId}` as never })) !== null;
  }
  const { rowCount } = await opened.pool.query(
    `select 1 from pg_locks where locktype = 'advisory' and classid = 7203114 and granted
       and objid = hashtext($1)::bigint & 4294967295
       and database = (select oid from pg_database where datname = current_database())`,
    [tenantId],
  );
  return rowCount === 1;
}

async function kill(worker: ChildProcess): Promise<void> {
  const exited = once(worker, 'exit');
  worker.kill('SIGKILL');
  await exited;
}

async function isReady(worker: ChildProcess): Promise<void> {
  const ended = once(worker, 'exit').then(() => Promise.reject(new Error('The worker ended at its start.')));
  const [message] = (await Promise.race([once(worker, 'message'), ended])) as [{ type?: string }];
  expect(message.type).toBe('ready');
}

/**
 * Lets the worker fold until no more than this share of the days is due, and stops it there. It stands while it is
 * looked at: what was seen is what is killed. A fold that was over before the look begins once more.
 */
async function stopInside(worker: ChildProcess, tenantId: string, share: number): Promise<void> {
  const isInside = async (): Promise<boolean> => {
    worker.kill('SIGSTOP');
    const due = await dueDays(tenantId);
    if (due > 0 && due <= DAYS * share && (await isFolding(tenantId))) return true;
    if (due === 0) await markDays(tenantId, ALL_DAYS);
    worker.kill('SIGCONT');
    return false;
  };
  await waitFor(isInside, { timeoutMs: 90_000, everyMs: 10 });
}

async function expectExact(tenantId: string): Promise<void> {
  expect(await readPeople(testContext(tenantId), { ...WINDOW, population: 'customers' })).toEqual({
    total_users: PEOPLE,
    active_users: PEOPLE,
    new_users: PEOPLE,
    churned_users: 0,
  });
  expect((await readRevenue(testContext(tenantId), { ...WINDOW, period: 'year' })).total_revenue).toBe(ROWS);
  const folded = await derivedRows(tenantId);
  await rebuildTenant(tenantId);
  expect(await derivedRows(tenantId)).toEqual(folded);
}

it('figures are exact after their folder was killed in the middle, again and again', async () => {
  const tenantId = await insertTenant();
  await makeFacts(tenantId);
  for (const share of [1, 0.9, 0.5]) {
    const worker = spawnWorker();
    await stopInside(worker, tenantId, share);
    await kill(worker);
  }
  const left = await dueDays(tenantId);
  await foldNow(tenantId);
  await expectExact(tenantId);
  // Otherwise nothing was killed in the middle.
  expect(left).toBeGreaterThan(0);
}, 240_000);

it('figures go on while a folder stands still, and are exact after it woke', async () => {
  const tenantId = await insertTenant();
  await makeFacts(tenantId);
  const worker = spawnWorker();
  try {
    await stopInside(worker, tenantId, 1);
    await foldNow(tenantId);
    worker.kill('SIGCONT');
    await waitFor(async () => (await dueDays(tenantId)) === 0, { timeoutMs: 60_000 });
    await waitFor(async () => !(await isFolding(tenantId)), { timeoutMs: 60_000 });
    expect(worker.exitCode).toBeNull();
  } finally {
    worker.kill('SIGCONT');
    await kill(worker);
  }
  await expectExact(tenantId);
}, 240_000);

it('figures are exact after several processes folded one tenant at once', async () => {
  const tenantId = await insertTenant();
  const workers = [spawnWorker(), spawnWorker()];
  try {
    await Promise.all(workers.map(isReady));
    await makeFacts(tenantId);
    await Promise.all([foldNow(tenantId), foldNow(tenantId)]);
    await waitFor(async () => (await dueDays(tenantId)) === 0, { timeoutMs: 60_000 });
    await waitFor(async () => !(await isFolding(tenantId)), { timeoutMs: 60_000 });
  } finally {
    await Promise.all(workers.map(kill));
  }
  await expectExact(tenantId);
}, 240_000);
