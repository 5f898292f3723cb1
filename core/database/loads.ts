import { Pool, type PoolClient } from 'pg';
import { log } from '../log';

export interface LoadPoolOptions {
  uri: string;
  /** Loads at once in this process; who comes later waits. */
  max: number;
}

/**
 * Connections for work that keeps one from beginning to end: as many of them as there are must not keep a
 * heartbeat, which needs a connection too, from its own. None is opened before it is needed.
 */
export function openLoadPool({ uri, max }: LoadPoolOptions): Pool {
  // Without a time limit: whoever waits here waits for loads, which take what they take. Silence is the watch's to tell.
  const pool = new Pool({ connectionString: uri, max, connectionTimeoutMillis: 0, keepAlive: true });
  pool.on('error', (error) => log().warn({ err: error }, 'A database connection for loads ended.'));
  return pool;
}

const ASK_MS = 500;

/** A connection, waited for as long as `check` does not throw. @throws what `check` threw, or the pool */
export async function connectWhile(pool: Pool, check: () => void): Promise<PoolClient> {
  const connecting = pool.connect();
  let timer: NodeJS.Timeout | undefined;
  const givenUp = new Promise<never>((_resolve, reject) => {
    timer = setInterval(() => {
      try {
        check();
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    }, ASK_MS);
  });
  try {
    return await Promise.race([connecting, givenUp]);
  } catch (error) {
    connecting.then(
      (client) => client.release(),
      () => undefined,
    );
    throw error;
  } finally {
    clearInterval(timer);
  }
}
