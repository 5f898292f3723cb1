import { existsSync } from 'node:fs';
import path from 'node:path';
import { waitFor } from '../harness/app';
import { rounds } from '../harness/depth';
import { connectLive } from '../harness/live-client';
import { isRunning, postgresPid } from '../start/support/launcher';
import { clusterProcesses, signalAll } from './support/cluster';
import { knock, knockAtAll, NOTE, openDoors, tokenOf, type Knock } from './support/doors';
import { expectRefusals, isRefused, startFaultyApp, untilWhole, type FaultyApp } from './support/faulty-app';
import { sendPurchases } from './support/purchases';

/** PostgreSQL alone, as `npm start` runs it: the launcher owns it, and its processes can be signalled. */

jest.setTimeout(240_000);

let app: FaultyApp;
let before: number[];

beforeAll(async () => {
  app = await startFaultyApp();
  before = app.children();
  await untilWhole(app, 60_000);
});
afterAll(async () => {
  signalAll(clusterProcesses(app.dataDir), 'SIGCONT');
  await app.stop();
});

const connections = async (): Promise<number> =>
  (await app.sql<{ n: number }>(`select count(*)::int as n from pg_stat_activity where datname = 'app'`))[0]!.n;

test('a frozen database: each door that needs it says 503 and when to come again, while it is frozen', async () => {
  const peak = await connections();
  let frozen: number[] = [];
  const undisturbed = await expectRefusals(app, {
    begin: () => signalAll((frozen = clusterProcesses(app.dataDir)), 'SIGSTOP'),
    end: () => signalAll(frozen, 'SIGCONT'),
  });
  expect(undisturbed['metrics']!.text).toContain('http_requests_total');

  await untilWhole(app, 45_000);
  expect(app.children()).toEqual(before);
  // Those that were given up are gone.
  await waitFor(async () => (await connections()) <= peak + 5, { timeoutMs: 30_000, everyMs: 500 });
});

test('backends that are ended under requests: what reads is answered, what writes is done or says 503', async () => {
  const READS = ['REST operation', 'REST figures', 'Parse find', 'Parse find by the master key', 'Parse count'];
  READS.push('Parse schemas', 'cloud function', 'GraphQL', 'GraphQL by the master key', 'file');
  const isRead = ({ name }: { name: string }): boolean => READS.includes(name);
  const doors = await openDoors(app);
  for (let round = 0; round < rounds(6); round += 1) {
    const reading = knockAtAll(doors.filter(isRead));
    const saves = Promise.all(Array.from({ length: 10 }, (_, n) => saveNote(`${round}.${n}`)));
    await new Promise((resolve) => setTimeout(resolve, (90 * round) / rounds(6)));
    await app.sql(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = 'app' and pid <> pg_backend_pid()`,
    );
    const wrong = Object.entries(await reading).filter(([, { status }]) => status !== 200);
    expect(Object.fromEntries(wrong)).toEqual({});
    for (const save of await saves) expect(save.status === 201 || isRefused(save)).toBe(true);
  }
  expect(app.children()).toEqual(before);
});

test('a killed postmaster comes back: same processes, all doors, live changes, an exact import', async () => {
  const token = () => tokenOf(app.url);
  const live = await connectLive({ url: app.url, applicationId: 'appbackend', masterKey: app.masterKey });
  const { requestId } = await live.follow(NOTE);
  const sent = await sendPurchases(app, token);
  await sent.begun();
  const doors = await openDoors(app);
  const asked = knockAtAll(doors);
  process.kill(postgresPid(app.dataDir), 'SIGKILL');
  const wrong = Object.entries(await asked).filter(([, answer]) => answer.status >= 500 && !isRefused(answer));
  expect(Object.fromEntries(wrong)).toEqual({});

  await untilWhole(app, 45_000);
  await sent.expectExact();
  const { objectId } = JSON.parse((await saveNote('after')).text) as { objectId: string };
  await live.hears(requestId, 'create', objectId);
  live.close();
  expect(app.children()).toEqual(before);
});

test('a database that ends again and again is given up, with a word why', async () => {
  const { launcher, dataDir } = app;
  let isOver = false;
  const exited = launcher.exited.finally(() => (isOver = true));
  while (!isOver) {
    // The end takes as long as web server and worker are let drain.
    await waitFor(async () => isOver || (await app.sql('select 1')), { timeoutMs: 90_000 });
    if (!isOver) signalAll([postgresPid(dataDir)], 'SIGKILL');
  }
  expect(await exited).toBe(1);
  expect(launcher.output()).toMatch(/The database is lost\.[^]*It ended 6 times within a minute; see .*pg\.log/);
  expect(existsSync(path.join(dataDir, 'run.json'))).toBe(false);
  for (const pid of before) expect(isRunning(pid)).toBe(false);
});

function saveNote(text: string): Promise<Knock> {
  const headers = { 'content-type': 'application/json', 'x-parse-application-id': 'appbackend' };
  return knock(`${app.url}/parse/classes/${NOTE}`, {
    method: 'POST',
    headers: { ...headers, 'x-parse-master-key': app.masterKey },
    body: JSON.stringify({ text }),
  });
}
