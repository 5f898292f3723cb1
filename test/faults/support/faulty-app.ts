import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { freePort } from '../../harness/free-port';
import { waitFor } from '../../harness/app';
import { cleanUp, newDataDir, startLauncher, type Launcher } from '../../start/support/launcher';
import { knockAtAll, openDoors, type Knock, type Target } from './doors';

const MASTER_KEY = 'a master key for tests';

export interface FaultyApp {
  url: string;
  masterKey: string;
  dataDir: string;
  launcher: Launcher;
  /** Web process and worker. */
  children(): number[];
  /** Asks the embedded database itself, on a connection of its own. */
  sql<Row extends object = Record<string, unknown>>(text: string, values?: unknown[]): Promise<Row[]>;
  stop(): Promise<void>;
}

/** What `npm start` runs, in a folder of its own: its database may be hurt as one likes. */
export async function startFaultyApp(): Promise<FaultyApp> {
  const dataDir = newDataDir();
  const limits = { RATE_LIMIT_MAX: '1000000', RATE_LIMIT_USER_MAX: '1000000' };
  const env = { PARSE_MASTER_KEY: MASTER_KEY, ...limits };
  const launcher = startLauncher({ dataDir, port: await freePort(), env });
  const stop = () => cleanUp(dataDir, [launcher]);
  try {
    await launcher.ready();
    await waitFor(() => childrenOf(dataDir).length === 2, { timeoutMs: 30_000 });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: launcher.url,
    masterKey: MASTER_KEY,
    dataDir,
    launcher,
    children: () => childrenOf(dataDir),
    sql: (text, values) => ask(dataDir, text, values),
    stop,
  };
}

const readJson = <T>(dataDir: string, name: string): T =>
  JSON.parse(readFileSync(path.join(dataDir, name), 'utf8')) as T;

const childrenOf = (dataDir: string): number[] => readJson<{ children: number[] }>(dataDir, 'run.json').children;

async function ask<Row>(dataDir: string, text: string, values: unknown[] = []): Promise<Row[]> {
  const { port, password } = readJson<{ port: number; password: string }>(dataDir, 'pg.json');
  const client = new Client({ connectionString: `postgres://app:${password}@127.0.0.1:${port}/app` });
  await client.connect();
  try {
    return (await client.query(text, values)).rows as Row[];
  } finally {
    await client.end();
  }
}

/** Until every door answers as on any day; a fresh sign-in at each is part of it. */
export async function untilWhole(app: Target, timeoutMs: number): Promise<void> {
  await waitFor(
    async () => {
      const wrong = failuresOf(await knockAtAll(await openDoors(app)));
      if (Object.keys(wrong).length) throw new Error(JSON.stringify(wrong));
      return true;
    },
    { timeoutMs, everyMs: 250 },
  );
}

/** "Not now", and when to come again. */
export const isRefused = ({ status, retryAfter }: Knock): boolean => status === 503 && Number(retryAfter) > 0;

/** For a second sessions, probes and counts are known without the database, a figure for some: answered from memory. */
const CACHED = ['file', 'cloud function', 'health', 'readiness', 'queue status'];

/** Every door that needs the database refuses before the outage ends, the others answer as always. */
export async function expectRefusals(
  app: Target,
  outage: { begin(): unknown; end(): unknown },
): Promise<Record<string, Knock>> {
  const doors = await openDoors(app);
  const [needing, others] = [doors.filter((door) => door.needsDatabase), doors.filter((door) => !door.needsDatabase)];
  await outage.begin();
  // Once while nobody knows it yet, and once when it is known.
  const [first, second] = [await knockAtAll(needing), await knockAtAll(needing)];
  const undisturbed = await knockAtAll(others);
  await outage.end();
  for (const name of CACHED) if (first[name]!.status === 200) delete first[name];
  for (const round of [first, second]) {
    const wrong = Object.entries(round).filter(([, answer]) => !isRefused(answer));
    expect(Object.fromEntries(wrong)).toEqual({});
  }
  expect(Object.values(undisturbed).map(({ status }) => status)).toEqual(others.map(() => 200));
  return undisturbed;
}

/** Answers that a healthy server does not give. */
export function failuresOf(answers: Record<string, Knock>): Record<string, string> {
  const failed = Object.entries(answers).filter(([, { status }]) => status === 0 || status >= 500);
  return Object.fromEntries(failed.map(([name, { status, text }]) => [name, `${status} ${text.slice(0, 300)}`]));
}
