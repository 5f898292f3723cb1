import type { MongoClientOptions } from 'mongodb';
import type { PoolConfig } from 'pg';
import type { Config } from '../config';
import type { ProcessRole } from '../process';

type Settings = Pick<Config['database'], 'patienceMs'>;

/** A worker may wait out a standstill, and so keeps an import that is under way. */
const WORKER_MS = 30_000;
/** For a free connection of a pool, and for a new one: a busy database is no silent one. */
const POOL_MS = 10_000;

/** How long a silent database is waited for, milliseconds; by default a request is refused within five seconds. */
export function patienceOf(role: ProcessRole, { patienceMs }: Settings): number {
  return role === 'web' ? patienceMs : Math.max(patienceMs, WORKER_MS);
}

/** For a pool of PostgreSQL, ours or Parse Server's. Silence of open connections: `DatabaseWatch`. */
export function postgresPatience(
  role: ProcessRole,
  settings: Settings,
): Pick<PoolConfig, 'connectionTimeoutMillis' | 'keepAlive'> {
  return { connectionTimeoutMillis: Math.max(POOL_MS, patienceOf(role, settings)), keepAlive: true };
}

/**
 * For a client of MongoDB. The driver watches the servers itself: every `heartbeatFrequencyMS` it asks for
 * nothing, and without an answer in `connectTimeoutMS` it ends what waits for that server.
 */
export function mongoPatience(role: ProcessRole, settings: Settings): MongoClientOptions {
  const patienceMs = patienceOf(role, settings);
  return {
    serverMonitoringMode: 'poll',
    heartbeatFrequencyMS: 500,
    connectTimeoutMS: patienceMs,
    // A read that was ended is tried once more by the driver, and waits so long for a server.
    serverSelectionTimeoutMS: role === 'web' ? Math.ceil(patienceMs / 2) : patienceMs,
    waitQueueTimeoutMS: Math.max(POOL_MS, patienceMs),
  };
}
