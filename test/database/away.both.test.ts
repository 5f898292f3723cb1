import { database, setDatabase } from '../../core/database/database';
import { Table } from '../../core/database/kit/table';
import { closeDatabase, openDatabase } from '../../core/database/open';
import { toAppError } from '../../core/errors';
import { testServer, waitFor } from '../harness/app';
import { openGate, type TcpGate } from '../jobs/support/tcp-gate';
import { fresh, makeTable, openLane } from './support';

jest.setTimeout(120_000);

interface Thing {
  id: string;
  n: number | null;
}

const NAME = fresh('away');
const things = new Table<Thing>({ table: NAME, key: ['id'], columns: { id: 'plain', n: 'integer' } });

let gate: TcpGate;
let closeLane: () => Promise<void>;
let closeGated: () => Promise<void>;
beforeAll(async () => {
  closeLane = await openLane();
  await makeTable(NAME, 'id text primary key, n bigint');
  const direct = database();
  const uri = new URL(testServer().databaseUri);
  gate = await openGate({ host: uri.hostname, port: Number(uri.port) });
  uri.port = String(gate.port);
  const kind = direct.kind;
  const gated = await openDatabase({ kind, uri: uri.toString(), patienceMs: 500, loads: 1 });
  closeGated = async () => {
    await closeDatabase(gated);
    setDatabase(direct);
  };
});
afterAll(async () => {
  await gate.set('open');
  await closeGated();
  await closeLane();
  await gate.stop();
});

const WRITES: Record<string, (id: string) => Promise<unknown>> = {
  insert: (id) => things.insert({ id, n: 1 }),
  insertMany: (id) => things.insertMany([1, 2, 3].map((n) => ({ id: `${id}${n}`, n }))),
  'insertMany of what is partly there': (id) =>
    things.insertMany(['there', `${id}4`].map((one) => ({ id: one, n: 1 }))),
  upsert: (id) => things.upsert({ id, n: 2 }),
  'upsert of a key alone': (id) => things.upsert({ id }),
  takeOver: (id) => things.takeOver({ id, n: 3 }, { n: null }),
  update: (id) => things.update({ id }, { n: 4 }),
  claim: (id) => things.claim({ id }, { n: 5 }),
  remove: (id) => things.remove({ id }),
};

/** A write is said to be done only when the database has said so. */
describe.each([
  ['closed', Object.keys(WRITES)],
  // Each waits for the patience to end.
  ['frozen', ['insert', 'insertMany', 'upsert']],
] as const)('while the database is %s', (state, names) => {
  test.each(names.map((name) => [name, WRITES[name]!] as const))(
    '%s fails, and writes nothing',
    async (_name, write) => {
      await gate.set('open');
      await waitFor(async () => (await things.count({})) >= 0, { timeoutMs: 60_000 });
      await things.upsert({ id: 'there', n: 0 });
      const before = await things.list({}, { order: [['id', 'asc']] });
      await gate.set(state);
      const failure = await write(fresh('x')).catch(toAppError);
      expect(failure).toMatchObject({ code: 'DATABASE_ERROR' });
      await gate.set('open');
      const after = await waitFor(() => things.list({}, { order: [['id', 'asc']] }), { timeoutMs: 60_000 });
      expect(after).toEqual(before);
    },
  );
});
