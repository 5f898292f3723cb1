import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { database } from '../../core/database/database';
import { setQueue } from '../../core/queue';
import { openServerDatabase } from '../analytics/support/store';
import { LANE, testServer, waitFor } from '../harness/app';
import { rounds } from '../harness/depth';
import { createEffects, effects } from './support/pumps';
import { createTable, dropTable, states, testTable, type TestTable } from './support/table';

/** The stand-in for MongoDB reads all ready rows for each batch. */
const ROWS = LANE === 'mongo' ? 1_000 : 10_000;
const KILLS = rounds(50);
const PROCESSES = 3;
const LEASE_MS = 2000;
const CONCURRENCY = 10;
const MAX_PAUSE_MS = 400;
/** So that each kill meets work: the rows of a round last about as long as the longest pause before its kill. */
const ROW_MS = Math.round((MAX_PAUSE_MS * PROCESSES * CONCURRENCY) / (ROWS / KILLS));

describe('due rows whose processes are killed', () => {
  let close: () => Promise<void>;
  let table: TestTable;
  let children: ChildProcess[] = [];
  const prefix = `${randomUUID()}:`;

  beforeAll(async () => {
    close = openServerDatabase();
    setQueue({ add: () => Promise.resolve(), addMany: () => Promise.resolve() });
    table = testTable();
    await createTable(table);
    await createEffects();
    await countSettlements(table);
  });
  afterAll(async () => {
    await Promise.all(children.map(kill));
    await dropTable(table);
    setQueue(undefined);
    await close();
  });

  test(`are settled once each and none is lost: ${ROWS} rows, ${KILLS} kills`, async () => {
    const put = (from: number, count: number): Promise<number> =>
      table.put(Array.from({ length: count }, (_none, n) => ({ key: `k${from + n}`, tenant: `t${n % 5}` })));
    children = await Promise.all(Array.from({ length: PROCESSES }, () => start(table, prefix)));
    let added = 0;
    for (let round = 0; round < KILLS; round += 1) {
      // Spread over the kills, so that each meets work.
      const share = Math.floor((ROWS * (round + 1)) / KILLS) - added;
      expect(await put(added, share)).toBe(share);
      added += share;
      await sleep(Math.random() * MAX_PAUSE_MS);
      const victim = children.shift()!;
      await kill(victim);
      children.push(await start(table, prefix));
    }
    await waitFor(async () => (await states(table))['done'] === ROWS, { timeoutMs: 120_000, everyMs: 500 });
    expect(await states(table)).toEqual({ done: ROWS });
    const { keys, repeated } = await effects(prefix);
    expect(keys).toBe(ROWS);
    // At least once, and not often more: a killed process held a batch at most.
    expect(repeated).toBeLessThanOrEqual(KILLS * 500);
    if (LANE !== 'mongo') {
      const { rows, most, begunTwice } = await settlements(table);
      expect({ rows, most }).toEqual({ rows: ROWS, most: 1 });
      // Otherwise the kills met nobody at work.
      expect(begunTwice).toBeGreaterThan(0);
    }
  }, 600_000);
});

async function start({ name }: TestTable, prefix: string): Promise<ChildProcess> {
  const { databaseUri, env } = testServer();
  const uri = LANE === 'mongo' ? { MONGODB_URL: env['MONGODB_URL'] ?? databaseUri } : { DATABASE_URI: databaseUri };
  const settings = [LEASE_MS, CONCURRENCY, ROW_MS].map(String);
  const child = fork(path.join(__dirname, 'support/killed-child.ts'), [name, prefix, ...settings], {
    execArgv: ['-r', path.join(__dirname, '../jobs/support/register-typescript.cjs')],
    env: { ...env, ...uri, NODE_OPTIONS: '', LOG_LEVEL: 'silent' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** PostgreSQL itself notes each settlement, whoever made it. */
async function countSettlements({ name }: TestTable): Promise<void> {
  const db = database();
  if (db.kind !== 'postgres') return;
  await db.pool.query(`
    create table app.due_${name}_log (key text not null);
    create function app.due_${name}_note() returns trigger language plpgsql as
      $$ begin insert into app.due_${name}_log values (new.key); return null; end $$;
    create trigger note after update on app.due_${name} for each row
      when (new.state = 'done') execute function app.due_${name}_note()`);
}

async function settlements({ name }: TestTable): Promise<{ rows: number; most: number; begunTwice: number }> {
  const db = database();
  if (db.kind !== 'postgres') throw new Error('PostgreSQL only.');
  const { rows } = await db.pool.query<{ rows: number; most: number; begunTwice: number }>(
    `select count(*)::int as rows, max(n)::int as most,
       (select count(*)::int from app.due_${name} where attempts > 1) as "begunTwice"
     from (select count(*) as n from app.due_${name}_log group by key) as per_key`,
  );
  await db.pool.query(`drop table app.due_${name}_log; drop function app.due_${name}_note cascade`);
  return rows[0]!;
}
