import pg from 'pg';
import { codeOf } from '../scripts/lib/project.mjs';
import { StartError, say, sleep } from '../scripts/lib/say.mjs';
import { startPostgres, type Postgres } from './postgres.mjs';

const LOCK = 4_112_973; // any number, the same in every launcher
const CONNECT_LIMIT_MS = 60_000;
/** It starts, stops, or was killed: then the driver has no code. */
const TEMPORARY = new Set<string | undefined>([
  '57P01',
  '57P02',
  '57P03',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  undefined,
]);
/** A database that ends more often than this in a minute is broken; starting it again hides why. */
const MAX_RESTARTS_A_MINUTE = 5;

export interface EmbeddedDatabase {
  uri: string;
  stop(): Promise<void>;
}

interface DatabaseOptions {
  dataDir: string;
  /** It ended and cannot be brought back. */
  onLost: (error: unknown) => void;
}

/**
 * The embedded database of one running system: started or adopted, guarded against a second
 * launcher, and started again on the same port when it is killed.
 */
export async function openEmbeddedDatabase({ dataDir, onLost }: DatabaseOptions): Promise<EmbeddedDatabase> {
  const postgres = await startPostgres({ dataDir });
  let stopping = false;
  let guard = await firstGuard(postgres, dataDir);
  const restarts: number[] = [];
  watch(guard);

  function watch(client: pg.Client): void {
    client.once('end', () => {
      if (!stopping) comeBack().catch(onLost);
    });
  }

  async function comeBack(): Promise<void> {
    for (let taken: pg.Client | undefined; !taken;) {
      // Somebody may have ended the connection alone.
      if (!postgres.isRunning()) await startAgain();
      taken = await takeGuard(postgres, dataDir).catch((error: unknown) => {
        // Unless it ended once more on the way.
        if (postgres.isRunning() && error instanceof StartError) throw error;
        return undefined;
      });
      if (taken) watch((guard = taken));
      else await sleep(100);
    }
  }

  async function startAgain(): Promise<void> {
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

async function firstGuard(postgres: Postgres, dataDir: string): Promise<pg.Client> {
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
async function takeGuard(postgres: Postgres, dataDir: string): Promise<pg.Client> {
  const client = await connect(postgres);
  for (let round = 0; round < 10; round += 1) {
    const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [LOCK]);
    if (rows[0]?.taken) return client;
    await sleep(200); // the session of a launcher killed this moment may not be closed yet
  }
  await client.end();
  throw new StartError(
    `AppBackend is already running on ${dataDir}. Stop it first, or set PORT and DATA_DIR to start a second one.`,
  );
}

async function connect(postgres: Postgres): Promise<pg.Client> {
  const connectionString = postgres.uri('postgres');
  for (const until = Date.now() + CONNECT_LIMIT_MS; ;) {
    const client = new pg.Client({ connectionString, application_name: 'appbackend-launcher', keepAlive: true });
    client.on('error', () => {}); // its end is what counts
    try {
      await client.connect();
      return client;
    } catch (error) {
      const isTemporary = TEMPORARY.has(codeOf(error));
      // A server that was killed counts as running until its end is heard of, which may be just after its last word.
      if (!isTemporary || Date.now() > until || !postgres.isRunning())
        throw new StartError(passwordHint(error), { cause: error });
      await sleep(100);
    }
  }
}

function passwordHint(error: unknown): string {
  if (codeOf(error) !== '28P01') return `The embedded database cannot be reached: ${(error as Error).message}`;
  return 'The password in pg.json does not fit the embedded database. Delete pg.json: a new one is set at the next start.';
}

async function ensureDatabase(client: pg.Client, name: string): Promise<void> {
  const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
  if (!rowCount) await client.query(`create database ${name}`);
}
