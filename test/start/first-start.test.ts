import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { waitFor } from '../harness/app';
import { freePort } from '../harness/free-port';
import { cleanUp, newDataDir, startLauncher, type Launcher } from './support/launcher';

jest.setTimeout(180_000);

/** What a newcomer has: nothing set but where it runs. */
const NOTHING_SET = { NODE_ENV: '', ADMIN_PASSWORD: '', DEMO_DATA: '', LOG_LEVEL: '' };

let dataDir: string;
let port: number;
let launchers: Launcher[];

beforeAll(async () => {
  dataDir = newDataDir();
  port = await freePort();
  launchers = [];
});
afterAll(() => cleanUp(dataDir, launchers));

async function start(): Promise<string> {
  const launcher = startLauncher({ dataDir, port, env: NOTHING_SET });
  launchers.push(launcher);
  await launcher.ready();
  return waitFor(() => launcher.output().includes('"The worker takes jobs."') && launcher.output());
}

async function stop(): Promise<void> {
  launchers.at(-1)!.process.kill('SIGINT');
  expect(await launchers.at(-1)!.exited).toBe(0);
}

/** Runs the three printed lines in a shell, as if pasted; the second and the third print an answer. */
async function pasted(output: string): Promise<any[]> {
  const lines = /^Try it:\n((?: {2}.*\n){3})/m.exec(output)?.[1];
  if (!lines) throw new Error(`No three lines to paste in:\n${output}`);
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', lines]);
  return stdout
    .trim()
    .split(/\n+/)
    .map((line) => JSON.parse(line) as unknown);
}

test('the first start shows the password, the addresses, and three lines that work when pasted', async () => {
  const output = await start();
  const password = /First administrator: admin@example\.com, password \(shown this once\): (\S+)/.exec(output)?.[1];
  const login = await fetch(`http://localhost:${port}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'admin@example.com', password }),
  });
  expect(login.status).toBe(200);
  const addresses = [...output.matchAll(/^ {2}(?:API docs|Dashboard|Health) +(\S+)$/gm)].map((match) => match[1]!);
  expect(addresses).toHaveLength(3);
  for (const address of addresses) expect([address, (await fetch(address)).status]).toEqual([address, 200]);
  const [job, figures] = await pasted(output);
  expect(job).toMatchObject({ data_type: 'purchases' });
  expect(figures).toMatchObject({ user_metrics: { total_users: expect.any(Number) } });
  await stop();
});

test('the second start shows no password, and its lines work as well', async () => {
  const output = await start();
  expect(output).not.toMatch(/shown this once|Compiling|Installing|Making the database/);
  const [, figures] = await pasted(output);
  // The demo tenant is there again, or still being filled.
  await waitFor(async () => ((await pasted(output))[1].revenue_metrics.total_revenue as number) > 1000);
  expect(figures).toHaveProperty('revenue_metrics.by_currency');
  await stop();
});
