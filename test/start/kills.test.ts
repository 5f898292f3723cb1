import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { waitFor } from '../harness/app';
import { freePort } from '../harness/free-port';
import { answers, cleanUp, isRunning, newDataDir, postgresPid, startLauncher, type Launcher } from './support/launcher';

jest.setTimeout(180_000);

const ROWS = 200;
let dataDir: string;
let launchers: Launcher[];

beforeAll(() => {
  dataDir = newDataDir();
  launchers = [];
});
afterAll(() => cleanUp(dataDir, launchers));

async function start(options: { throughNpm?: boolean } = {}): Promise<Launcher> {
  const launcher = startLauncher({ dataDir, port: await freePort(), ...options });
  launchers.push(launcher);
  await launcher.ready();
  return launcher;
}

test('a web process that is killed ends everything in order; the next start has what was accepted', async () => {
  const launcher = await start();
  const job = await sendFile(launcher.url);
  const { web } = await children();
  process.kill(web, 'SIGKILL');
  expect(await launcher.exited).toBe(1);
  expect(launcher.output()).toContain('The server ended unexpectedly (signal SIGKILL).');
  expect(postgresPid(dataDir)).toBe(0);
  expect(existsSync(path.join(dataDir, 'run.json'))).toBe(false);

  const next = await start();
  await expectImported(next.url, job);
});

test('after a kill of all processes at once the next start has what was accepted', async () => {
  const launcher = launchers.at(-1)!;
  const { web, worker } = await children();
  const job = await sendFile(launcher.url);
  launcher.process.kill('SIGKILL');
  for (const pid of [web, worker, postgresPid(dataDir)]) process.kill(pid, 'SIGKILL');
  await launcher.exited;
  expect(await answers(launcher.url)).toBe(false);

  const next = await start();
  await expectImported(next.url, job);
});

test('an npm that is killed leaves nothing behind that runs', async () => {
  launchers.at(-1)!.process.kill('SIGTERM');
  await launchers.at(-1)!.exited;
  const npm = await start({ throughNpm: true });
  const { web, worker } = await children();
  npm.process.kill('SIGKILL');
  await waitFor(() => !existsSync(path.join(dataDir, 'run.json')), { timeoutMs: 30_000 });
  expect(postgresPid(dataDir)).toBe(0);
  for (const pid of [web, worker]) expect(isRunning(pid)).toBe(false);
});

async function children(): Promise<{ web: number; worker: number }> {
  const [web, worker] = await waitFor(() => {
    const { children: pids } = JSON.parse(readFileSync(path.join(dataDir, 'run.json'), 'utf8')) as {
      children: number[];
    };
    return pids.length === 2 && pids;
  });
  return { web: web!, worker: worker! };
}

/** Has a purchase file accepted; nothing says that a worker has seen it yet. */
async function sendFile(url: string): Promise<string> {
  const rows = Array.from({ length: ROWS }, (_, n) => `2026-01-02,1.50,USD,person${n}`);
  const options = encodeURIComponent(JSON.stringify({ data_type: 'purchases' }));
  const response = await fetch(`${url}/api/data/batch?options=${options}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await token(url)}`, 'content-type': 'text/csv' },
    body: ['purchased_at,amount,currency,customer_id', ...rows].join('\n'),
  });
  const answer = (await response.json()) as { job_id: string };
  expect({ status: response.status, answer }).toMatchObject({ status: 202, answer: { job_id: expect.any(String) } });
  return answer.job_id;
}

async function expectImported(url: string, job: string): Promise<void> {
  const headers = { authorization: `Bearer ${await token(url)}` };
  const status = await waitFor(
    async () => {
      const answer = (await (await fetch(`${url}/api/data/status/${job}`, { headers })).json()) as { status: string };
      return answer.status === 'completed' && answer;
    },
    { timeoutMs: 60_000 },
  );
  // `read` counts each row once, however many attempts it took.
  expect(status).toMatchObject({ counts: { read: ROWS, inserted: ROWS, rejected: 0 } });
}

async function token(url: string): Promise<string> {
  const response = await fetch(`${url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'admin@example.com', password: 'Admin-pass-1234' }),
  });
  return ((await response.json()) as { access_token: string }).access_token;
}
