import { inRoot } from '../scripts/lib/project.mjs';
import { signalRunning } from '../scripts/lib/run.mjs';
import { StartError, exitWith, say, withTicks } from '../scripts/lib/say.mjs';
import { checkDataDir, checkPort } from './checks.mjs';
import { describeEnd, forkChild, keepRunning, shutDown, type Child, type Kept } from './children.mjs';
import { openEmbeddedDatabase, type EmbeddedDatabase } from './embedded-database.mjs';
import { removeRunFile, writeRunFile } from './run-file.mjs';

const DATABASE_VARIABLES = ['MONGODB_URL', 'MONGODB_URI', 'DATABASE_URI'];

/** What runs, as far as the start has come. */
interface Parts {
  web?: Child;
  worker?: Kept;
  opening?: Promise<EmbeddedDatabase>;
  dataDir?: string;
}

interface Ending {
  begun: boolean;
  because(reason: string | undefined, how?: { code?: number; error?: unknown }): Promise<void>;
}

type Interrupts = ReturnType<typeof import('../scripts/lib/interrupts.mjs').listenForInterrupts>;

/**
 * The parent of everything that runs: checks, starts the database where none is configured, then
 * the web server and the worker; ends them in the opposite order. scripts/start.mjs has installed
 * and compiled before.
 */
export async function launch(interrupts: Interrupts): Promise<void> {
  const parts: Parts = {};
  const ending = watchForTheEnd(parts, interrupts);
  try {
    await start(parts, ending);
  } catch (error) {
    await ending.because(undefined, { error });
  }
}

async function start(parts: Parts, ending: Ending): Promise<void> {
  const isEmbedded = !DATABASE_VARIABLES.some((name) => process.env[name]);
  if (isEmbedded && process.env.NODE_ENV === 'production') {
    throw new StartError('Production needs a database of its own: set MONGODB_URL (with REDIS_URL), or DATABASE_URI.');
  }
  const dataDir = checkDataDir();
  const port = await checkPort(dataDir);
  const env: NodeJS.ProcessEnv = { ...process.env, PORT: String(port), DATA_DIR: dataDir };
  if (ending.begun) return;
  if (isEmbedded) {
    dropPostgresVariables(env);
    const onLost = (error: unknown) => void ending.because('The database is lost.', { error });
    parts.opening = openEmbeddedDatabase({ dataDir, onLost });
    const database = await parts.opening;
    Object.assign(env, { DATABASE_URI: database.uri, APP_EMBEDDED: '1' });
  }
  parts.dataDir = dataDir;
  if (ending.begun) return;
  const fork = forker(dataDir, port, env);
  await startWeb(parts, ending, () => fork('web', 'dist/server/main.js'));
  if (ending.begun) return;
  parts.worker = keepRunning('worker', () => fork('worker', 'dist/jobs/main.js'), { onExit: say });
}

/** What a shell has set for other databases, for this process (it guards the database) and its children. */
function dropPostgresVariables(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env).filter((key) => /^PG[A-Z]/.test(key))) {
    delete env[name];
    delete process.env[name];
  }
}

/** Notes every child in the run file, so that a successor can wait for those that outlive us. */
function forker(dataDir: string, port: number, env: NodeJS.ProcessEnv) {
  const pids = new Map<string, number>();
  return (name: string, file: string): Child => {
    const child = forkChild(inRoot(file), { env });
    if (child.pid) pids.set(name, child.pid);
    writeRunFile(dataDir, { pid: process.pid, port, children: [...pids.values()] });
    return child;
  };
}

async function startWeb(parts: Parts, ending: Ending, fork: () => Child): Promise<void> {
  const web = (parts.web = fork());
  let isReady = false;
  void web.exited.then((end) => {
    const when = isReady ? '' : ' while starting; see the messages above';
    return ending.because(`The server ended unexpectedly (${describeEnd(end)})${when}.`, { code: 1 });
  });
  isReady = await withTicks('Starting the server', () => web.ready);
}

/** Everything that can end the run comes together here; only the first reason counts. */
function watchForTheEnd(parts: Parts, interrupts: Interrupts): Ending {
  const ending: Ending = { begun: false, because };
  let begunAt = 0;

  async function because(reason?: string, { code = 0, error }: { code?: number; error?: unknown } = {}): Promise<void> {
    if (ending.begun) return;
    ending.begun = true;
    begunAt = Date.now();
    if (reason) say(reason);
    signalRunning('SIGTERM'); // the making of a database
    await Promise.all([parts.web && shutDown(parts.web), parts.worker?.shutDown()]);
    const database = await parts.opening?.catch(() => undefined); // it may be half-way up
    await database?.stop();
    if (parts.dataDir) removeRunFile(parts.dataDir);
    if (error) exitWith(error);
    process.exit(code);
  }

  function onSignal(name: NodeJS.Signals): void {
    if (!ending.begun) {
      void because(parts.web ? `\n${name}: finishing what is under way …` : '', { code: parts.web ? 0 : 130 });
      return;
    }
    // A terminal and npm may both send the same Ctrl-C, a millisecond or two apart.
    if (Date.now() - begunAt < 500) return;
    parts.web?.process.kill('SIGKILL');
    parts.worker?.kill();
  }

  interrupts.handTo({ onSignal, onOrphaned: () => void because('npm is gone; ending.') });
  return ending;
}
