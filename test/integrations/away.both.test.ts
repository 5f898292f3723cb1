import { LANE, testServer, waitFor, type Answer } from '../harness/app';
import { freshDatabase, startExtraServer, type ExtraServer } from '../frame/support/extra-server';
import { openGate, type TcpGate } from '../jobs/support/tcp-gate';

jest.setTimeout(180_000);

let gate: TcpGate;
let server: ExtraServer;
let dropDatabase: () => Promise<void>;

beforeAll(async () => {
  const { uri, drop } = await freshDatabase();
  dropDatabase = drop;
  const behind = new URL(uri);
  gate = await openGate({ host: behind.hostname, port: Number(behind.port) });
  const through = Object.assign(new URL(uri), { port: String(gate.port) }).toString();
  server = await startExtraServer({
    INTEGRATIONS_CHECK_SECONDS: '1',
    OPS_ROUTES_PUBLIC: 'on',
    ...(LANE === 'mongo' ? { MONGODB_URL: through } : { DATABASE_URI: through }),
  });
});
afterAll(async () => {
  await server.stop();
  await gate.stop();
  await dropDatabase();
});

const ask = (): Promise<Answer> => server.api('GET', '/api/integrations/status');

async function untilDatabaseIs(status: string): Promise<void> {
  await waitFor(
    async () => {
      const answer = await ask();
      // Whatever is away, and whenever it is asked.
      if (answer.status !== 200) throw new Error(`The status itself failed: ${answer.status}`);
      expect(answer.body.services.database.status).toBe(status);
      return true;
    },
    { timeoutMs: 60_000, everyMs: 100 },
  );
}

describe('while the database is away, the status of the integrations', () => {
  it.each(['closed', 'frozen'] as const)('is told all the same (%s)', async (state) => {
    await untilDatabaseIs('connected');
    const failures: number[] = [];
    let isOver = false;
    const asking = (async () => {
      while (!isOver) {
        const { status } = await ask();
        if (status !== 200) failures.push(status);
      }
    })();
    await gate.set(state);
    await untilDatabaseIs('disconnected');
    const { body } = await ask();
    expect(body).toMatchObject({ status: 'degraded', services: { parse: { configured: true } } });
    expect(body.services.database.last_error).toMatch(/not answer/);
    const tried = await server.api('POST', '/api/integrations/test', { body: { service: 'database' } });
    expect(tried.status).toBe(503);
    await gate.set('open');
    await untilDatabaseIs('connected');
    isOver = true;
    await asking;
    expect(failures).toEqual([]);
    expect(JSON.stringify(body)).not.toContain(new URL(testServer().databaseUri).password || 'postgres://');
  });
});
