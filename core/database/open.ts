import { MongoClient } from 'mongodb';
import { Pool } from 'pg';
import type { Config } from '../config';
import { dropPostgresVariables, keepToPublicSchema } from '../config.postgres-env';
import { log } from '../log';
import { observeCommands, observeQueries } from '../metrics.database';
import type { ProcessRole } from '../process';
import { setDatabase, type Database } from './database';
import { openLoadPool } from './loads';
import { mongoPatience, patienceOf, postgresPatience } from './patience';
import { readTwiceOn } from './outages';
import { DatabaseWatch } from './watch';

const POOL_SIZE = 10;
const WAIT_MS = 60_000;

/** Opens the configured database, waiting up to a minute for it to come up. */
export async function openDatabase(settings: Config['database'], role: ProcessRole = 'web'): Promise<Database> {
  const ignored = settings.kind === 'postgres' ? dropPostgresVariables() : [];
  if (ignored.length)
    log().warn(
      { ignored },
      'Variables of the environment for PostgreSQL are not read; DATABASE_URI says what they would.',
    );
  if (settings.kind === 'postgres') keepToPublicSchema(settings.uri);
  const deadline = Date.now() + WAIT_MS;
  for (let tries = 0; ; tries += 1) {
    try {
      const opened =
        settings.kind === 'postgres' ? await openPostgres(settings, role) : await openMongo(settings, role);
      setDatabase(opened);
      return opened;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      if (tries === 0) log().warn({ err: error }, 'The database is not there yet; trying again.');
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

async function openPostgres(settings: Config['database'], role: ProcessRole): Promise<Database> {
  const { uri } = settings;
  const pool = new Pool({ connectionString: uri, max: POOL_SIZE, ...postgresPatience(role, settings) });
  // Without a listener an idle connection's end would take the process down.
  pool.on('error', (error) => log().warn({ err: error }, 'A database connection ended.'));
  const watch = new DatabaseWatch({ uri, patienceMs: patienceOf(role, settings) });
  // Before the first connection, which would not be known.
  watch.guard(pool);
  observeQueries(pool);
  readTwiceOn(pool);
  const loads = role === 'worker' ? openLoadPool({ uri, max: settings.loads }) : undefined;
  if (loads) {
    watch.guard(loads);
    observeQueries(loads);
  }
  try {
    await pool.query('select 1');
  } catch (error) {
    watch.stop();
    await Promise.all([pool.end(), loads?.end()]);
    throw error;
  }
  return { kind: 'postgres', pool, watch, ...(loads ? { loads } : {}) };
}

async function openMongo(settings: Config['database'], role: ProcessRole): Promise<Database> {
  const client = new MongoClient(settings.uri, {
    maxPoolSize: POOL_SIZE,
    ...mongoPatience(role, settings),
    monitorCommands: true,
  });
  observeCommands(client);
  try {
    await client.connect();
  } catch (error) {
    await client.close();
    throw error;
  }
  return { kind: 'mongo', client, db: client.db() };
}

export async function closeDatabase(opened: Database): Promise<void> {
  setDatabase(undefined);
  if (opened.kind === 'postgres') {
    opened.watch?.stop();
    await Promise.all([opened.pool.end(), opened.loads?.end()]);
  } else await opened.client.close();
}
