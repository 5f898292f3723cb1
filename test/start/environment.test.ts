import { freePort } from '../harness/free-port';
import { cleanUp, newDataDir, startLauncher } from './support/launcher';

/** What a shell may have set for other databases, and other programs. */
const SHELLS = {
  libpq: {
    PGSSLMODE: 'require',
    PGOPTIONS: '-c default_transaction_read_only=on',
    PGHOST: 'db.example.com',
    PGPORT: '1',
    PGUSER: 'nobody',
    PGPASSWORD: 'wrong',
    PGDATABASE: 'other',
    PGSSLNEGOTIATION: 'direct',
    PGCONNECT_TIMEOUT: '1',
    PGCLIENTENCODING: 'LATIN1',
  },
  place: { TZ: 'Pacific/Kiritimati', LC_ALL: 'tr_TR.UTF-8', NODE_OPTIONS: '--max-old-space-size=1024' },
};

describe('npm start', () => {
  // One folder: the second start is one over the data of the first.
  const dataDir = newDataDir();
  const started: ReturnType<typeof startLauncher>[] = [];
  afterAll(() => cleanUp(dataDir, started));

  it.each([
    { host: '::1', shell: 'libpq' },
    { host: '127.0.0.2', shell: 'place' },
  ] as const)(
    'answers on $host alone, whatever variables the shell has ($shell)',
    async ({ host, shell }) => {
      const port = await freePort();
      const launcher = startLauncher({ dataDir, port, host, env: SHELLS[shell] });
      started.push(launcher);
      await launcher.ready();
      expect(launcher.output()).toContain(`AppBackend is running at ${launcher.url}\n`);
      expect(launcher.output()).toContain(`"${launcher.url}/api/auth/login" `);
      const health = await fetch(`${launcher.url}/health`);
      expect(await health.json()).toMatchObject({ status: 'healthy' });
      // A write, by the account that the start has made.
      const login = await fetch(`${launcher.url}/api/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email: 'admin@example.com', password: 'Admin-pass-1234' }),
      });
      expect(login.status).toBe(200);
      await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow('fetch failed');
      launcher.process.kill('SIGTERM');
      expect(await launcher.exited).toBe(0);
    },
    120_000,
  );
});
