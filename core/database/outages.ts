import type { Pool } from 'pg';

/** Between the two tries of a read: a server that was killed may be back by then. */
const PAUSE_MS = 150;
const LOST_CODE = /^(08(?!P01)...|57P0[123]|25P0[34]|ECONNRESET|EPIPE|ECONNREFUSED)$/;
const LOST_TEXT = /^(Connection terminated(?! due to)|Client has encountered a connection error)/;

/** Whether a connection of PostgreSQL ended, or there was none. Silence is no such end. */
export function isConnectionLost(error: unknown): boolean {
  // Parse's adapter throws undefined for a class that does not exist.
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return typeof code === 'string' ? LOST_CODE.test(code) : LOST_TEXT.test(String(message));
}

/** Reads once more when the connection was lost under it. Never for what changes anything: it may have happened. */
export async function readTwice<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!isConnectionLost(error)) throw error;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    return read();
  }
}

const READS = /^\s*(select|with)\b/i;
const CHANGES = /\b(insert|update|delete|merge|nextval|setval|pg_notify|pg_advisory_\w+|pg_try_advisory_\w+)\b/i;

/** Statements of a pool that only read are tried twice; those of a transaction are not its own. */
export function readTwiceOn(pool: Pool): void {
  const query = pool.query.bind(pool) as (...args: unknown[]) => unknown;
  pool.query = ((...args: unknown[]) => {
    const answer = query(...args);
    if (!(answer instanceof Promise)) return answer;
    return answer.catch(async (error: unknown) => {
      const text = typeof args[0] === 'string' ? args[0] : (args[0] as { text: string }).text;
      if (!isConnectionLost(error) || !READS.test(text) || CHANGES.test(text)) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      return query(...args);
    });
  }) as Pool['query'];
}
