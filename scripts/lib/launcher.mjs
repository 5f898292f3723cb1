import { checkDataDir, checkPort } from './checks.mjs';
import { describeEnd, forkChild, keepRunning, shutDown } from './children.mjs';
import { openEmbeddedDatabase } from './embedded-database.mjs';
import { prepare } from './prepare.mjs';
import { inRoot, loadDotEnv } from './project.mjs';
import { removeRunFile, writeRunFile } from './run-file.mjs';
import { signalRunning } from './run.mjs';
import { StartError, exitWith, say, withTicks } from './say.mjs';

const DATABASE_VARIABLES = ['MONGODB_URL', 'MONGODB_URI', 'DATABASE_URI'];

/**
 * The parent of everything that runs: checks, prepares, starts the database where none is
 * configured, then the web server and the worker; ends them in the opposite order.
 */
export async function launch() {
  const parts = { web: undefined, worker: undefined, opening: undefined, dataDir: undefined };
  const ending = watchForTheEnd(parts);
  try {
    loadDotEnv();
    await start(parts, ending);
  } catch (error) {
    await ending.because(undefined, { error });
  }
}

async function start(parts, ending) {
  const isEmbedded = !DATABASE_VARIABLES.some((name) => process.env[name]);
  if (isEmbedded && process.env.NODE_ENV === 'production') {
    throw new StartError('Production needs a database of its own: set MONGODB_URL (with REDIS_URL), or DATABASE_URI.');
  }
  const dataDir = checkDataDir();
  const port = await checkPort(dataDir);
  await prepare({ mode: 'production' });
  const env = { ...process.env, PORT: String(port), DATA_DIR: dataDir };
  if (ending.begun) return;
  if (isEmbedded) {
    dropPostgresVariables(env);
    const onLost = (error) => ending.because('The database is lost.', { error });
    parts.opening = openEmbeddedDatabase({ dataDir, onLost });
    const database = await parts.opening;
    Object.assign(env, { DATABASE_URI: database.uri, APP_EMBEDDED: '1' });
  }
  parts.dataDir = dataDir;
  const children = new Map();
  const follow = (name, child) => {
    children.set(name, child.pid);
    writeRunFile(dataDir, { pid: process.pid, port, children: [...children.values()] });
    return child;
  };
  if (ending.begun) return;
  await startWeb(parts, ending, () => follow('web', forkChild(inRoot('dist/server/main.js'), { env })));
  if (ending.begun) return;
  const startWorker = () => follow('worker', forkChild(inRoot('dist/jobs/main.js'), { env }));
  parts.worker = keepRunning('worker', startWorker, { onExit: say });
}

/** What a shell has set for other databases, for this process (it guards the database) and its children. */
function dropPostgresVariables(env) {
  for (const name of Object.keys(env).filter((key) => /^PG[A-Z]/.test(key))) {
    delete env[name];
    delete process.env[name];
  }
}

async function startWeb(parts, ending, fork) {
  parts.web = fork();
  let isReady = false;
  parts.web.exited.then((end) => {
    const when = isReady ? '' : ' while starting; see the messages above';
    ending.because(`The server ended unexpectedly (${describeEnd(end)})${when}.`, { code: 1 });
  });
  isReady = await withTicks('Starting the server', () => parts.web.ready);
}

/** Everything that can end the run comes together here; only the first reason counts. */
function watchForTheEnd(parts) {
  const ending = { begun: false, because };
  let begunAt = 0;

  async function because(reason, { code = 0, error } = {}) {
    if (ending.begun) return;
    ending.begun = true;
    begunAt = Date.now();
    if (reason) say(reason);
    signalRunning('SIGTERM'); // a nested npm or tsc
    await Promise.all([parts.web && shutDown(parts.web), parts.worker?.shutDown()]);
    const database = await parts.opening?.catch(() => undefined); // it may be half-way up
    await database?.stop();
    if (parts.dataDir) removeRunFile(parts.dataDir);
    if (error) exitWith(error);
    process.exit(code);
  }

  function onSignal(name) {
    if (!ending.begun) {
      because(parts.web ? `\n${name}: finishing what is under way …` : '', { code: parts.web ? 0 : 130 });
      return;
    }
    // A terminal and npm may both send the same Ctrl-C, a millisecond or two apart.
    if (Date.now() - begunAt < 500) return;
    parts.web?.process.kill('SIGKILL');
    parts.worker?.kill();
  }

  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => onSignal(name));
  watchParent(() => because('npm is gone; ending.'));
  return ending;
}

/** npm killed with -9 tells nobody; without this its children would run on unseen. */
function watchParent(onGone) {
  if (!process.env.npm_lifecycle_event) return;
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && onGone(), 1000).unref();
}
