import { startPostgres } from './postgres.mjs';
import { StartError, say, sleep } from './say.mjs';

const LOCK = 4_112_973; // any number, the same in every launcher
const CONNECT_LIMIT_MS = 60_000;
/** It starts, stops, or was killed: then the driver has no code. */
const TEMPORARY = new Set(['57P01', '57P02', '57P03', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', undefined]);
/** A database that ends more often than this in a minute is broken; starting it again hides why. */
const MAX_RESTARTS_A_MINUTE = 5;

/**
 * The embedded database of one running system: started or adopted, guarded against a second
 * launcher, and started again on the same port when it is killed.
 * `onLost` is called when it cannot be brought back.
 */
export async function openEmbeddedDatabase({ dataDir, onLost }) {
  const postgres = await startPostgres({ dataDir });
  let stopping = false;
  let guard = await firstGuard(postgres, dataDir);
  const restarts = [];
  watch(guard);

  function watch(client) {
    client.once('end', () => {
      if (!stopping) comeBack().catch(onLost);
    });
  }

  async function comeBack() {
    for (let taken; !taken;) {
      // Somebody may have ended the connection alone.
      if (!postgres.isRunning()) await startAgain();
      taken = await takeGuard(postgres, dataDir).catch((error) => {
        // Unless it ended once more on the way.
        if (postgres.isRunning() && error instanceof StartError) throw error;
      });
      if (taken) watch((guard = taken));
      else await sleep(100);
    }
  }

  async function startAgain() {
    const now = Date.now();
    restarts.push(now);
    if (restarts.filter((at) => at > now - 60_000).length > MAX_RESTARTS_A_MINUTE) {
      throw new StartError(
        `It ended ${MAX_RESTARTS_A_MINUTE + 1} times within a minute; see ${postgres.stateDir}/pg.log: ${postgres.lastWords()}`,
      );
    }
    say('The database ended unexpectedly; starting it again …');
    await postgres.restart();
    say('The database is back.');
  }

  return {
    uri: postgres.uri('app'),
    async stop() {
      stopping = true;
      await guard.end().catch(() => {});
      await postgres.stop();
    },
  };
}

async function firstGuard(postgres, dataDir) {
  try {
    const guard = await takeGuard(postgres, dataDir);
    await ensureDatabase(guard, 'app');
    return guard;
  } catch (error) {
    // Only what was started here: an adopted one may be in use by somebody else.
    if (!postgres.adopted) await postgres.stop();
    throw error;
  }
}

/** A session lock in the database itself: gone with the connection, whatever kills its owner. */
async function takeGuard(postgres, dataDir) {
  const client = await connect(postgres);
  for (let round = 0; round < 10; round += 1) {
    const { rows } = await client.query('select pg_try_advisory_lock($1) as taken', [LOCK]);
    if (rows[0].taken) return client;
    await sleep(200); // the session of a launcher killed this moment may not be closed yet
  }
  await client.end();
  throw new StartError(
    `AppBackend is already running on ${dataDir}. Stop it first, or set PORT and DATA_DIR to start a second one.`,
  );
}

async function connect(postgres) {
  const connectionString = postgres.uri('postgres');
  const { default: pg } = await import('pg');
  for (const until = Date.now() + CONNECT_LIMIT_MS; ;) {
    const client = new pg.Client({ connectionString, application_name: 'appbackend-launcher', keepAlive: true });
    client.on('error', () => {}); // its end is what counts
    try {
      await client.connect();
      return client;
    } catch (error) {
      const isTemporary = TEMPORARY.has(error.code);
      // A server that was killed counts as running until its end is heard of, which may be just after its last word.
      if (!isTemporary || Date.now() > until || !postgres.isRunning())
        throw new StartError(passwordHint(error), { cause: error });
      await sleep(100);
    }
  }
}

function passwordHint(error) {
  if (error.code !== '28P01') return `The embedded database cannot be reached: ${error.message}`;
  return 'The password in pg.json does not fit the embedded database. Delete pg.json: a new one is set at the next start.';
}

async function ensureDatabase(client, name) {
  const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
  if (!rowCount) await client.query(`create database ${name}`);
}
