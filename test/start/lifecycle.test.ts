import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { waitFor } from '../harness/app';
import { freePort } from '../harness/free-port';
import { answers, cleanUp, isRunning, newDataDir, postgresPid, startLauncher, type Launcher } from './support/launcher';

jest.setTimeout(180_000);

let dataDir: string;
let port: number;
let launchers: Launcher[];

beforeAll(async () => {
  dataDir = newDataDir();
  port = await freePort();
  launchers = [];
  // What a first start that was killed half-way leaves behind.
  mkdirSync(path.join(dataDir, 'pg.init.999999'));
  writeFileSync(path.join(dataDir, 'pg.init.999999/half'), '');
  await start().ready();
});
afterAll(() => cleanUp(dataDir, launchers));

function start(options: { port?: number; throughNpm?: boolean } = {}): Launcher {
  const launcher = startLauncher({ dataDir, port, ...options });
  launchers.push(launcher);
  return launcher;
}

const running = (): Launcher => launchers.at(-1)!;

test('starts on an empty folder, and removes what a cut-off start left', () => {
  expect(existsSync(path.join(dataDir, 'pg/PG_VERSION'))).toBe(true);
  expect(existsSync(path.join(dataDir, 'pg.init.999999'))).toBe(false);
});

test('a second start says that it is already running, whichever port it has', async () => {
  for (const other of [port, await freePort()]) {
    const second = startLauncher({ dataDir, port: other });
    expect(await second.exited).toBe(1);
    expect(second.output()).toMatch(/^AppBackend is already running on .*\n$/);
  }
  expect(await answers(running().url)).toBe(true);
});

test('even without the note of the first, the lock in its database keeps a second one out', async () => {
  const note = path.join(dataDir, 'run.json');
  const text = readFileSync(note, 'utf8');
  writeFileSync(note, '{}');
  const second = startLauncher({ dataDir, port: await freePort() });
  expect(await second.exited).toBe(1);
  expect(second.output()).toContain('AppBackend is already running');
  writeFileSync(note, text);
  expect(await answers(running().url)).toBe(true);
});

test('a database that is killed comes back on its port, and the server with it', async () => {
  const before = postgresPid(dataDir);
  process.kill(before, 'SIGKILL');
  await waitFor(() => running().output().includes('The database is back.'), { timeoutMs: 60_000 });
  expect(postgresPid(dataDir)).not.toBe(before);
  const client = await connect();
  await client.query('create table kept (id int)');
  await client.end();
  await waitFor(() => answers(running().url), { timeoutMs: 30_000 });
});

test('a worker that is killed is started again', async () => {
  const workerOf = () =>
    (JSON.parse(readFileSync(path.join(dataDir, 'run.json'), 'utf8')) as { children: number[] }).children[1]!;
  // One that was still starting when the database went ends with it, and stands in the note until the next one starts.
  const before = await waitFor(() => process.kill(workerOf(), 0) && workerOf());
  process.kill(before, 'SIGKILL');
  expect(await waitFor(() => workerOf() !== before)).toBe(true);
});

test('after a killed launcher the next start takes over the database and its data', async () => {
  const database = postgresPid(dataDir);
  running().process.kill('SIGKILL');
  await running().exited;
  const next = start();
  await next.ready();
  expect(postgresPid(dataDir)).toBe(database);
  const client = await connect();
  expect((await client.query('select * from kept')).rowCount).toBe(0);
  await client.end();
});

test('what was saved before is served after it: the administrator can log in', async () => {
  const body = JSON.stringify({ email: 'admin@example.com', password: 'Admin-pass-1234' });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${running().url}/api/auth/login`, { method: 'POST', headers, body });
  expect(answer.status).toBe(200);
});

test('after launcher and database were both killed, the next start recovers', async () => {
  running().process.kill('SIGKILL');
  process.kill(postgresPid(dataDir), 'SIGKILL');
  await running().exited;
  await start({ throughNpm: true }).ready();
  const client = await connect();
  expect((await client.query('select * from kept')).rowCount).toBe(0);
  await client.end();
});

test('Ctrl-C drains: everything ends in order with code 0', async () => {
  const database = postgresPid(dataDir);
  process.kill(-running().process.pid!, 'SIGINT'); // a terminal signals npm and all below it
  expect(await running().exited).toBe(0);
  expect(postgresPid(dataDir)).toBe(0);
  expect(isRunning(database)).toBe(false);
  expect(existsSync(path.join(dataDir, 'run.json'))).toBe(false);
  expect(await answers(running().url)).toBe(false);
});

async function connect(): Promise<Client> {
  const secret = JSON.parse(readFileSync(path.join(dataDir, 'pg.json'), 'utf8')) as { port: number; password: string };
  const client = new Client({ connectionString: `postgres://app:${secret.password}@127.0.0.1:${secret.port}/app` });
  await client.connect();
  return client;
}
