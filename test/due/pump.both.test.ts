import { setTimeout as sleep } from 'node:timers/promises';
import { setQueue } from '../../core/queue';
import { GiveUpError, PostponeError } from '../../core/queue/outcomes';
import { openServerDatabase } from '../analytics/support/store';
import { LANE, waitFor } from '../harness/app';
import { testPump } from './support/pumps';
import {
  createTable,
  dropTable,
  states,
  TestClock,
  testTable,
  type TestOptions,
  type TestTable,
} from './support/table';

/** The stand-in for MongoDB keeps no index in order: finding the first of many rows reads them all. */
const MANY = LANE === 'mongo' ? 2_000 : 100_000;

describe('a pump of due rows', () => {
  let close: () => Promise<void>;
  const tables: TestTable[] = [];

  const open = async (options: TestOptions, clock?: TestClock): Promise<TestTable> => {
    const table = testTable(options, clock);
    await createTable(table);
    tables.push(table);
    return table;
  };

  beforeAll(() => {
    close = openServerDatabase();
    setQueue({ add: () => Promise.resolve(), addMany: () => Promise.resolve() });
  });
  afterAll(async () => {
    for (const table of tables) await dropTable(table);
    setQueue(undefined);
    await close();
  });

  test('works everything off once, with the tenant, class and payload of each row', async () => {
    const seen: unknown[] = [];
    const table = await open({
      handler: (ctx, { key, tenant, payload, class: name }) =>
        Promise.resolve(void seen.push([key, tenant, ctx.tenantId, name, payload])),
    });
    await table.put([
      { key: 'a', tenant: 't1', class: 'high', payload: { n: 1 } },
      { key: 'b', payload: { n: 2 } },
    ]);
    expect(await testPump(table).run()).toBe('empty');
    expect(seen).toEqual([
      ['a', 't1', 't1', 'high', { n: 1 }],
      ['b', '', undefined, 'normal', { n: 2 }],
    ]);
    expect(await states(table)).toEqual({ done: 2 });
  });

  test(`starts another tenant's row soon while one has ${MANY}`, async () => {
    const started: string[] = [];
    const batches: number[] = [];
    const stop = new AbortController();
    let startedAtPut = 0;
    const table: TestTable = await open({
      concurrency: 10,
      handler: async (_ctx, { tenant }) => {
        started.push(tenant);
        if (started.length === 30) {
          await table.put([{ key: 'b', tenant: 'b', class: 'high' }]);
          startedAtPut = started.length;
        }
        if (tenant === 'b') stop.abort(new Error('Seen enough.'));
        await sleep(50);
      },
    });
    await table.put(
      Array.from({ length: MANY }, (_none, n) => ({ key: `a${n}`, tenant: 'a', class: 'high' as const })),
    );
    const claim = table.claim.bind(table);
    table.claim = async (limit) => {
      const rows = await claim(limit);
      batches.push(rows.length);
      return rows;
    };
    await testPump(table, { signal: stop.signal }).run();
    // What was taken before its time is worked off first: one batch, of a fifth of a second's work.
    expect(started).toContain('b');
    expect(started.length - startedAtPut).toBeLessThanOrEqual(Math.max(...batches) + 10);
    expect(Math.max(...batches)).toBeLessThanOrEqual(60);
  });

  test('gives every class its share while all have rows', async () => {
    const table = await open({});
    const classes = ['high', 'normal', 'low', 'batch'] as const;
    await table.put(
      classes.flatMap((name) => Array.from({ length: 300 }, (_none, n) => ({ key: `${name}${n}`, class: name }))),
    );
    const claims = Array.from({ length: 40 }, () => 10);
    const totals: Record<string, number> = {};
    for (const limit of claims)
      for (const row of await table.claim(limit)) totals[row.class] = (totals[row.class] ?? 0) + 1;
    expect(totals).toEqual({ high: 240, normal: 100, low: 40, batch: 20 });
  });

  test('fills a batch although most tenants have one row', async () => {
    const table = await open({});
    await table.put(Array.from({ length: 20 }, (_none, n) => ({ key: `b${n}`, tenant: `b${n}` })));
    await table.put(Array.from({ length: 200 }, (_none, n) => ({ key: `a${n}`, tenant: 'a' })));
    const rows = await table.claim(60);
    expect(rows).toHaveLength(60);
    expect(new Set(rows.map(({ tenant }) => tenant)).size).toBe(21);
  });

  test('tries a failing row with growing pauses, as often as its class says, then buries it once', async () => {
    const clock = new TestClock();
    const buried: unknown[] = [];
    const tries: boolean[] = [];
    const table = await open(
      {
        backoffMs: 1000,
        handler: (_ctx, _row, { isLastAttempt }) => {
          tries.push(isLastAttempt);
          return Promise.reject(new Error(`no ${tries.length}`));
        },
        onBuried: (_ctx, { key }, error) => Promise.resolve(void buried.push([key, (error as Error).message])),
      },
      clock,
    );
    await table.put([{ key: 'a', class: 'high' }]);
    for (const pauseMs of [1000, 2000, 4000]) {
      await testPump(table).run();
      clock.pass(pauseMs - 1);
      await testPump(table).run();
      expect(await states(table)).toEqual({ waiting: 1 });
      clock.pass(1);
    }
    await testPump(table).run();
    expect(tries).toEqual([false, false, false, true]);
    expect(buried).toEqual([['a', 'no 4']]);
    expect(await table.store.find('a')).toMatchObject({ state: 'buried', attempts: 4, error: { message: 'no 4' } });
  });

  test('buries at once what cannot be helped, and a payload of another release', async () => {
    const table = await open({
      handler: () => Promise.reject(new GiveUpError('The server refuses it\0 for good.')),
    });
    await table.put([{ key: 'a' }]);
    await testPump(table).run();
    const error = { code: 'GIVEN_UP', message: 'The server refuses it for good.' };
    expect(await table.store.find('a')).toMatchObject({ state: 'buried', attempts: 1, error });
  });

  test('waits as long as the handler says, and that is no try', async () => {
    const clock = new TestClock();
    const attempts: number[] = [];
    const table = await open(
      {
        handler: (_ctx, row) => {
          attempts.push(row.attempts);
          if (attempts.length === 9) return Promise.resolve();
          return Promise.reject(new PostponeError(new Date(clock.now().getTime() + 60_000)));
        },
      },
      clock,
    );
    await table.put([{ key: 'a', class: 'batch' }]);
    for (let n = 0; n < 9; n += 1) {
      await testPump(table).run();
      clock.pass(60_000);
    }
    expect(attempts).toEqual(Array.from({ length: 9 }, () => 1));
    expect(await states(table)).toEqual({ done: 1 });
  });

  test('ends a row at its time limit, and the others go on', async () => {
    const aborted: string[] = [];
    const table = await open({
      timeoutMs: 100,
      handler: async (_ctx, { key }, { signal }) => {
        if (key !== 'slow') return;
        signal.addEventListener('abort', () => aborted.push(key));
        await new Promise(() => undefined);
      },
    });
    await table.put([{ key: 'slow' }, { key: 'quick' }]);
    await testPump(table).run();
    expect(aborted).toEqual(['slow']);
    expect(await states(table)).toEqual({ done: 1, waiting: 1 });
    expect(await table.store.find('slow')).toMatchObject({ error: { code: 'TIMEOUT' } });
  });

  test('hands back what has not begun when the process ends, and uses up no try', async () => {
    const stop = new AbortController();
    const started: string[] = [];
    const table = await open({
      concurrency: 2,
      handler: async (_ctx, { key }, { signal }) => {
        started.push(key);
        await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
      },
    });
    await table.put(Array.from({ length: 2 }, (_none, n) => ({ key: `k${n}` })));
    const running = testPump(table, { signal: stop.signal }).run();
    await waitFor(() => started.length === 2);
    await table.put([{ key: 'later' }]);
    stop.abort(new Error('The process ends.'));
    await running;
    expect(started).not.toContain('later');
    const again = await table.claim(10);
    expect(again.map(({ key, attempts }) => [key, attempts]).sort()).toEqual([
      ['k0', 1],
      ['k1', 1],
      ['later', 1],
    ]);
  });

  test('hands rows in batches to a handler of batches, which answers for each', async () => {
    const sizes: number[] = [];
    const table = await open({
      concurrency: 1,
      handler: {
        size: 4,
        run: (_ctx, rows) => {
          sizes.push(rows.length);
          return Promise.resolve(
            rows.map(({ key }) =>
              key === 'bad' ? new GiveUpError('no') : key === 'later' ? new PostponeError(60_000) : undefined,
            ),
          );
        },
      },
    });
    await table.put(['bad', 'later', 'a', 'b', 'c', 'd', 'e'].map((key) => ({ key })));
    await testPump(table).run();
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(7);
    expect(await states(table)).toEqual({ done: 5, buried: 1, waiting: 1 });
  });

  test('gives up a row that kills its process each time', async () => {
    const clock = new TestClock();
    const table = await open({ handler: () => Promise.reject(new Error('never called')) }, clock);
    await table.put([{ key: 'a', class: 'high' }]);
    // Its class's four tries, and ten deaths more.
    for (let n = 0; n < 13; n += 1) {
      expect(await table.claim(1)).toMatchObject([{ attempts: n + 1 }]);
      clock.pass(30_000);
    }
    await testPump(table).run();
    expect(await table.store.find('a')).toMatchObject({ state: 'buried', error: { code: 'GIVEN_UP' } });
  });
});
