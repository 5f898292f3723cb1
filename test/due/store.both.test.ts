import { database, inTransaction } from '../../core/database/database';
import { setQueue } from '../../core/queue';
import { DatabaseClock } from '../../core/due/clock';
import { collectDue } from '../../core/due/registry';
import { tidyDueRows, trimDue } from '../../core/due/tick';
import { jobRegistry } from '../../core/metrics';
import { LANE } from '../harness/app';
import { openServerDatabase } from '../analytics/support/store';
import {
  createTable,
  dropTable,
  states,
  TestClock,
  testTable,
  type TestOptions,
  type TestTable,
} from './support/table';

const LEASE_MS = 30_000;
const DAY_MS = 86_400_000;

/** What due rows promise on both databases; time is the test's own. */
describe('due rows', () => {
  let close: () => Promise<void>;
  const tables: TestTable[] = [];
  let clock: TestClock;
  let table: TestTable;

  const open = async (options: TestOptions = {}): Promise<TestTable> => {
    const opened = testTable(options, clock);
    await createTable(opened);
    tables.push(opened);
    return opened;
  };

  beforeAll(() => {
    close = openServerDatabase();
    // Nobody listens for hints: what is claimed here is claimed by the test.
    setQueue({ add: () => Promise.resolve(), addMany: () => Promise.resolve() });
  });
  beforeEach(async () => {
    clock = new TestClock();
    table = await open();
  });
  afterAll(async () => {
    for (const opened of tables) await dropTable(opened);
    setQueue(undefined);
    await close();
  });

  test('a key is accepted once, in one call, in another, and in two at the same time', async () => {
    expect(await table.put([{ key: 'a' }, { key: 'a' }, { key: 'b' }])).toBe(2);
    const rows = Array.from({ length: 200 }, (_none, n) => ({ key: `k${n}` }));
    const added = await Promise.all([table.put(rows), table.put([...rows].reverse()), table.put([{ key: 'a' }])]);
    expect(added.reduce((sum, count) => sum + count, 0)).toBe(200);
    expect(await states(table)).toEqual({ ready: 202 });
  });

  test('a row keeps what it was put with', async () => {
    const dueAt = new Date(clock.now().getTime() - 5000);
    await table.put([{ key: 'a', tenant: 't1', class: 'low', dueAt, payload: { id: 'x', list: [1, { y: null }] } }]);
    const [row] = await table.claim(10);
    expect(row).toMatchObject({ key: 'a', tenant: 't1', class: 'low', dueAt, attempts: 1 });
    expect(row!.payload).toEqual({ id: 'x', list: [1, { y: null }] });
    expect(await table.store.find('a')).toMatchObject({ state: 'leased', error: null });
    expect(await table.store.find('b')).toBeUndefined();
  });

  test.each([
    ['an empty key', { key: '' }],
    ['a key that is no text', { key: 7 as unknown as string }],
    ['a long key', { key: 'x'.repeat(201) }],
    ['a NUL in the key', { key: 'a\0' }],
    ['a long tenant', { key: 'a', tenant: 'x'.repeat(65) }],
    ['an unknown class', { key: 'a', class: 'urgent' as 'high' }],
    ['a class of the prototype', { key: 'a', class: 'constructor' as 'high' }],
    ['a time that is none', { key: 'a', dueAt: new Date(Number.NaN) }],
    ['a payload of another shape', { key: 'a', payload: 'text' }],
    ['a payload over 10 kB', { key: 'a', payload: { text: 'x'.repeat(10_001) } }],
  ])('%s is refused with everything beside it', async (_what, row) => {
    await expect(table.put([{ key: 'good' }, row])).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
    expect(await states(table)).toEqual({});
  });

  test('keys and tenants of any letters are told apart', async () => {
    const keys = ['ä', 'a\u0308', '$where', 'constructor', '__proto__', 'a.b', "x'; drop table app.due_x; --", '😀'];
    await table.put(keys.map((key) => ({ key, tenant: key })));
    const rows = await table.claim(100);
    expect(rows.map(({ key }) => key).sort()).toEqual([...keys].sort());
    expect(await table.settle(rows.map((row) => ({ ...row, outcome: 'done' })))).toBe(keys.length);
  });

  test('a row is taken when its time has come, the longest due first', async () => {
    const at = (ms: number): Date => new Date(clock.now().getTime() + ms);
    await table.put([{ key: 'late', dueAt: at(2000) }, { key: 'now' }, { key: 'old', dueAt: at(-9000) }]);
    expect((await table.claim(10)).map(({ key }) => key)).toEqual(['old', 'now']);
    expect(await table.store.nextAt(clock.now())).toEqual(at(2000));
    clock.pass(1999);
    expect(await table.claim(10)).toEqual([]);
    clock.pass(1);
    expect((await table.claim(10)).map(({ key }) => key)).toEqual(['late']);
  });

  test('no row is taken twice, however many ask at the same time', async () => {
    await table.put(Array.from({ length: 300 }, (_none, n) => ({ key: `k${n}`, tenant: `t${n % 7}` })));
    const taken: string[] = [];
    for (let last = -1; taken.length !== last;) {
      last = taken.length;
      const batches = await Promise.all(Array.from({ length: 8 }, () => table.claim(20)));
      taken.push(...batches.flat().map(({ key }) => key));
    }
    expect(taken).toHaveLength(300);
    expect(new Set(taken).size).toBe(300);
  });

  test('who holds a lease settles it once', async () => {
    await table.put([{ key: 'a' }, { key: 'b' }]);
    const rows = await table.claim(10);
    const done = rows.map((row) => ({ ...row, outcome: 'done' as const }));
    const settled = await Promise.all([table.settle(done), table.settle(done), table.settle(done)]);
    expect(settled.sort()).toEqual([0, 0, 2]);
    expect(await states(table)).toEqual({ done: 2 });
  });

  test('who wakes after the end of his lease settles and renews nothing, whether or not another has it', async () => {
    await table.put([{ key: 'a' }]);
    const [first] = await table.claim(1);
    clock.pass(LEASE_MS);
    expect(await table.settle([{ ...first!, outcome: 'done' }])).toBe(0);
    expect(await table.renew([first!])).toBe(0);
    const [second] = await table.claim(1);
    expect(second).toMatchObject({ key: 'a', attempts: 2 });
    for (const outcome of ['done', 'buried', 'postponed'] as const)
      expect(await table.settle([{ ...first!, outcome, at: clock.now(), error: { code: 'X', message: 'x' } }])).toBe(0);
    expect(await table.settle([{ ...second!, outcome: 'done' }])).toBe(1);
    expect(await table.store.find('a')).toMatchObject({ state: 'done', attempts: 2 });
  });

  test('a lease that is renewed in time holds on', async () => {
    await table.put([{ key: 'a' }]);
    const rows = await table.claim(1);
    for (let n = 0; n < 3; n += 1) {
      clock.pass(LEASE_MS - 1);
      expect(await table.renew(rows)).toBe(1);
      expect(await table.claim(1)).toEqual([]);
    }
    expect(await table.settle([{ ...rows[0]!, outcome: 'done' }])).toBe(1);
  });

  test('a postponed row comes at its own time; a free start counts as none', async () => {
    await table.put([{ key: 'a' }, { key: 'b' }]);
    const at = new Date(clock.now().getTime() + 90_000);
    const rows = await table.claim(10);
    const error = { code: 'TIMEOUT', message: 'late' };
    await table.settle(
      rows.map((row) =>
        row.key === 'a'
          ? { ...row, outcome: 'postponed', at, isFree: true }
          : { ...row, outcome: 'postponed', at, error },
      ),
    );
    expect(await table.claim(10)).toEqual([]);
    expect(await table.store.find('b')).toMatchObject({ state: 'waiting', error });
    clock.pass(90_000);
    const again = await table.claim(10);
    expect(Object.fromEntries(again.map(({ key, attempts }) => [key, attempts]))).toEqual({ a: 1, b: 2 });
    await table.settle(again.map((row) => ({ ...row, outcome: 'done' })));
    expect(await table.store.find('b')).toMatchObject({ state: 'done', error: null });
  });

  test('a buried row keeps its error and is not taken; revived it has all its tries', async () => {
    await table.put([{ key: 'a' }, { key: 'b' }]);
    const error = { code: 'GIVEN_UP', message: "the server said 'no'" };
    const rows = await table.claim(10);
    await table.settle(rows.map((row) => ({ ...row, outcome: 'buried', error })));
    clock.pass(LEASE_MS * 2);
    expect(await table.claim(10)).toEqual([]);
    expect(await table.store.find('a')).toMatchObject({ state: 'buried', error });
    expect(await table.revive(['a', 'a', 'nobody'])).toBe(1);
    expect(await table.claim(10)).toMatchObject([{ key: 'a', attempts: 1 }]);
    expect(await table.revive(['a'])).toBe(0);
  });

  test('a row that is cancelled before its start is not worked on; one that runs goes on', async () => {
    await table.put([{ key: 'runs' }]);
    const [running] = await table.claim(1);
    await table.put([{ key: 'ready' }, { key: 'waits', dueAt: new Date(clock.now().getTime() + 1000) }]);
    expect(await table.cancel(['ready', 'waits', 'runs', 'nobody'])).toBe(2);
    clock.pass(2000);
    expect(await table.claim(10)).toEqual([]);
    expect(await table.settle([{ ...running!, outcome: 'done' }])).toBe(1);
    expect(await states(table)).toEqual({ cancelled: 2, done: 1 });
    expect(await table.put([{ key: 'ready' }])).toBe(0);
  });

  test('buried rows are listed, the last one first, and made new at once: those of then, the longest buried first', async () => {
    const error = { code: 'GIVEN_UP', message: 'no' };
    for (const key of ['a', 'b', 'c', 'd']) {
      await table.put([{ key }]);
      for (const row of await table.claim(1)) await table.settle([{ ...row, outcome: 'buried', error }]);
      clock.pass(1000);
    }
    const keys = async (skip: number, limit: number) =>
      (await table.store.buried({ skip, limit })).map(({ key }) => key);
    expect(await keys(0, 10)).toEqual(['d', 'c', 'b', 'a']);
    expect(await keys(1, 2)).toEqual(['c', 'b']);
    const [, c] = await table.store.buried({ skip: 0, limit: 2 });
    expect(await table.reviveBuried(c!.at, 2)).toBe(2);
    expect(await keys(0, 10)).toEqual(['d', 'c']);
    expect(await table.reviveBuried(c!.at, 10)).toBe(1);
    expect(await table.reviveBuried(c!.at, 10)).toBe(0);
    expect(await states(table)).toEqual({ ready: 3, buried: 1 });
    expect((await table.claim(10)).map(({ attempts }) => attempts)).toEqual([1, 1, 1]);
  });

  test('settled rows are removed after their days, buried ones later, open ones never', async () => {
    await table.put(['done', 'buried', 'open'].map((key) => ({ key })));
    const error = { code: 'X', message: 'x' };
    for (const row of await table.claim(10)) {
      if (row.key === 'done') await table.settle([{ ...row, outcome: 'done' }]);
      if (row.key === 'buried') await table.settle([{ ...row, outcome: 'buried', error }]);
    }
    const left = async (days: number): Promise<Record<string, number>> => {
      clock.pass(days * DAY_MS);
      await trimDue(table);
      return states(table);
    };
    expect(await left(6)).toEqual({ done: 1, buried: 1, leased: 1 });
    expect(await left(2)).toEqual({ buried: 1, leased: 1 });
    expect(await left(23)).toEqual({ leased: 1 });
    expect(await table.put([{ key: 'done' }])).toBe(1);
  });

  test('rows are counted by state, no further than asked, and the busiest tenants are named', async () => {
    await table.put([
      { key: 'a', class: 'high', tenant: 't1' },
      { key: 'b', tenant: 't2' },
      { key: 'c', tenant: 't2', dueAt: new Date(clock.now().getTime() + 1000) },
    ]);
    expect(await states(table)).toEqual({ ready: 2, waiting: 1 });
    expect(await table.store.count('ready', 1)).toBe(1);
    expect(await table.store.count('buried', 1)).toBe(0);
    expect(await table.store.busiest(1)).toEqual([{ tenant: 't2', count: 2 }]);
  });

  test('an operator sees in the metrics how many are open and buried', async () => {
    await table.put([{ key: 'a' }, { key: 'b' }, { key: 'c' }]);
    const error = { code: 'X', message: 'x' };
    for (const row of await table.claim(2)) await table.settle([{ ...row, outcome: 'buried', error }]);
    collectDue([{ due: [table] }]);
    await tidyDueRows.run(new AbortController().signal);
    collectDue([]);
    const { values } = await jobRegistry.getSingleMetric('due_rows')!.get();
    const shown = values.filter(({ labels }) => labels['table'] === table.name);
    expect(Object.fromEntries(shown.map(({ labels, value }) => [labels['state'], value]))).toEqual({
      waiting: 0,
      ready: 1,
      leased: 0,
      buried: 2,
    });
  });

  test('there is nothing to do at any time when nothing is open', async () => {
    expect(await table.store.nextAt(clock.now())).toBeUndefined();
    await table.put([{ key: 'a' }]);
    expect(await table.store.nextAt(clock.now())).toEqual(clock.now());
    const [row] = await table.claim(1);
    expect(await table.store.nextAt(clock.now())).toEqual(new Date(clock.now().getTime() + LEASE_MS));
    await table.settle([{ ...row!, outcome: 'done' }]);
    expect(await table.store.nextAt(clock.now())).toBeUndefined();
  });

  test('the time is that of the database, whatever the process believes', async () => {
    const ahead = new DatabaseClock(() => Promise.resolve(new Date(Date.now() + 3_600_000)));
    await ahead.set();
    expect(Math.abs(ahead.now().getTime() - Date.now() - 3_600_000)).toBeLessThan(60_000);
    const real = new DatabaseClock();
    await real.set();
    expect(Math.abs(real.now().getTime() - Date.now())).toBeLessThan(60_000);
  });

  if (LANE !== 'mongo') {
    test('rows are accepted with the transaction that puts them, or not at all', async () => {
      const db = database();
      if (db.kind !== 'postgres') throw new Error('This lane is PostgreSQL.');
      const putAnd = (key: string, end: () => Promise<void>): Promise<void> =>
        inTransaction(db.pool, async (client) => {
          await table.put([{ key }], { client });
          await end();
        });
      await putAnd('kept', async () => {
        expect(await table.claim(1)).toEqual([]);
      });
      await expect(putAnd('dropped', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
      expect((await table.claim(10)).map(({ key }) => key)).toEqual(['kept']);
    });
  }
});
