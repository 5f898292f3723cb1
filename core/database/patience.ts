import type { MongoClientOptions } from 'mongodb';
import type { PoolConfig } from 'pg';
import type { ProcessRole } from '../feature';

/**
 * How long a silent database is waited for, milliseconds. A request shall be refused within five seconds,
 * whatever it waits for; a worker may wait out a standstill, and so keeps an import that is under way.
 */
export const PATIENCE_MS: Record<ProcessRole, number> = { web: 2500, worker: 30_000 };

/** For a pool of PostgreSQL, ours or Parse Server's. Silence of open connections: `DatabaseWatch`. */
export function postgresPatience(role: ProcessRole): Pick<PoolConfig, 'connectionTimeoutMillis' | 'keepAlive'> {
  return { connectionTimeoutMillis: PATIENCE_MS[role], keepAlive: true };
}

/**
 * For a client of MongoDB. The driver watches the servers itself: every `heartbeatFrequencyMS` it asks for
 * nothing, and without an answer in `connectTimeoutMS` it ends what waits for that server.
 */
export function mongoPatience(role: ProcessRole): MongoClientOptions {
  const isWeb = role === 'web';
  return {
    serverMonitoringMode: 'poll',
    heartbeatFrequencyMS: 500,
    connectTimeoutMS: isWeb ? 1800 : PATIENCE_MS.worker,
    // A read that was ended is tried once more by the driver, and waits so long for a server.
    serverSelectionTimeoutMS: isWeb ? 1200 : PATIENCE_MS.worker,
    waitQueueTimeoutMS: PATIENCE_MS[role],
  };
}
