import { startExtraServer, type ExtraServer } from '../frame/support/extra-server';
import { uniqueName } from '../factories/ids';
import { testServer } from '../harness/app';
import { openGate, type TcpGate } from '../jobs/support/tcp-gate';
import { expectRefusals, untilWhole } from './support/faulty-app';

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
  server = await startExtraServer({ MONGODB_URL: address.href, DATABASE_PATIENCE_MS: '2800' });
  target = { url: server.url, masterKey: testServer().masterKey };
  await untilWhole(target, 60_000);
});
afterAll(async () => {
  await gate.set('open');
  await server.stop();
  await gate.stop();
});

test.each(['frozen', 'closed'] as const)(
  'a MongoDB that is %s: each door that needs it says 503 and when to come again, until it is back',
  async (state) => {
    await expectRefusals(target, { begin: () => gate.set(state), end: () => gate.set('open') });
    await untilWhole(target, 45_000);
  },
);
