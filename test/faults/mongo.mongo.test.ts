import { startExtraServer, type ExtraServer } from '../frame/support/extra-server';
import { uniqueName } from '../factories/ids';
import { testServer } from '../harness/app';
import { openGate, type TcpGate } from '../jobs/support/tcp-gate';
import { knockAtAll, openDoors, type Knock } from './support/doors';
import { untilWhole } from './support/faulty-app';

/** MongoDB alone: its driver watches the servers itself. PostgreSQL's faults: postgres.test.ts. */

jest.setTimeout(180_000);

let gate: TcpGate;
let server: ExtraServer;
let target: { url: string; masterKey: string };

beforeAll(async () => {
  const address = new URL(testServer().databaseUri);
  gate = await openGate({ host: address.hostname, port: Number(address.port) });
  address.host = `127.0.0.1:${gate.port}`;
  address.pathname = `/${uniqueName('fault_')}`;
  server = await startExtraServer({ MONGODB_URL: address.href });
  target = { url: server.url, masterKey: testServer().masterKey };
  await untilWhole(target, 60_000);
});
afterAll(async () => {
  await gate.set('open');
  await server.stop();
  await gate.stop();
});

const isRefused = ({ status, retryAfter }: Knock): boolean => status === 503 && Number(retryAfter) > 0;

test.each(['frozen', 'closed'] as const)(
  'a MongoDB that is %s: each door that needs it says 503 and when to come again, until it is back',
  async (state) => {
    const doors = await openDoors(target);
    const [needing, others] = [doors.filter((door) => door.needsDatabase), doors.filter((door) => !door.needsDatabase)];
    await gate.set(state);
    // Once while nobody knows it yet, and once when it is known.
    const [{ file, ...first }, second] = [await knockAtAll(needing), await knockAtAll(needing)];
    const undisturbed = await knockAtAll(others);
    await gate.set('open');
    // For a second a session is known without the database, and the file needs no more.
    expect([200, 503]).toContain(file!.status);
    for (const round of [first, second]) {
      const wrong = Object.entries(round).filter(([, answer]) => !isRefused(answer));
      expect(Object.fromEntries(wrong)).toEqual({});
    }
    expect(Object.values(undisturbed).map(({ status }) => status)).toEqual(others.map(() => 200));
    await untilWhole(target, 45_000);
  },
);
