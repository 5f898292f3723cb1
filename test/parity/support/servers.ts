import { fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { freshDatabase, startExtraServer } from '../../frame/support/extra-server';
import { freePort } from '../../harness/free-port';

const BOOT_LIMIT_MS = 60_000;
const CLOUD = path.join(__dirname, '../cloud.cjs');
/** Classes that send to LiveQuery on both servers. */
const LIVE_CLASSES = ['ParLive', 'ParLiveSecret'];

/** One of the two servers that are asked the same. */
export interface Side {
  name: 'plain' | 'ours';
  url: string;
  masterKey: string;
  /** What the questions call by name: ids and session tokens of the fixtures. */
  names: Record<string, string>;
  stop(): Promise<void>;
}

/** Both on fresh databases of the same database server, with the same cloud code. */
export async function startSides(): Promise<{ plain: Side; ours: Side }> {
  const [plain, ours] = await Promise.all([startPlain(), startOurs()]);
  return { plain, ours };
}

async function startOurs(): Promise<Side> {
  const server = await startExtraServer({ HOST_CLOUD_CODE: CLOUD, ENABLE_ANONYMOUS_USERS: 'on' });
  const { url, stop } = server;
  return { name: 'ours', url, masterKey: server.env['PARSE_MASTER_KEY']!, names: {}, stop };
}

/** @param options of Parse Server, beside what it cannot start without */
export async function startPlain(options: Record<string, unknown> = {}): Promise<Side> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'appbackend-plain-'));
  const [database, port] = await Promise.all([freshDatabase(), freePort()]);
  const settings = {
    port,
    databaseUri: database.uri,
    masterKey: 'plain-master-key',
    cloud: CLOUD,
    filesDir: path.join(folder, 'files'),
    liveClasses: LIVE_CLASSES,
    options,
  };
  mkdirSync(settings.filesDir);
  const child = fork(path.join(__dirname, 'plain-server.cjs'), {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PLAIN_SETTINGS: JSON.stringify(settings) },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  };
  const isReady = await new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), BOOT_LIMIT_MS);
    child.once('message', () => resolve(true));
    void exited.then(() => resolve(false));
    child.once('message', () => clearTimeout(timer));
  });
  if (!isReady) {
    await stop();
    throw new Error(`The plain Parse Server did not become ready. It printed:\n${output}`);
  }
  return { name: 'plain', url: `http://127.0.0.1:${port}`, masterKey: settings.masterKey, names: {}, stop };
}
