import type { MongoClient } from 'mongodb';
import type { Pool, PoolClient } from 'pg';
import { metrics } from './metrics';

/** Label values must be bounded: the first word of a statement, of these. */
const OPERATIONS = ['select', 'insert', 'update', 'delete', 'with', 'begin', 'commit', 'rollback', 'copy'];

type Query = (...args: unknown[]) => unknown;

/**
 * Times every query of the connections that are opened from now on, so it must come before the first; Parse Server's
 * own queries are not seen. On MongoDB it needs a client made with `monitorCommands`.
 */
export function observeCommands(client: MongoClient): void {
  client.on('commandSucceeded', ({ commandName, duration }) => {
    metrics.dbQuerySeconds.observe({ operation: commandName }, duration / 1000);
  });
}

/** The same of a pool of PostgreSQL. */
export function observeQueries(pool: Pool): void {
  pool.on('connect', (client: PoolClient) => {
    const query = client.query.bind(client) as Query;
    client.query = ((...args: unknown[]) => timed(query, args)) as unknown as PoolClient['query'];
  });
}

function timed(query: Query, args: unknown[]): unknown {
  const startedAt = performance.now();
  const operation = operationOf(args[0]);
  const done = (): void => metrics.dbQuerySeconds.observe({ operation }, (performance.now() - startedAt) / 1000);
  const last = args.at(-1);
  if (typeof last === 'function') {
    const callback = last as (...results: unknown[]) => void;
    const observed = (...results: unknown[]): void => {
      done();
      callback(...results);
    };
    return query(...args.slice(0, -1), observed);
  }
  const result = query(...args);
  // A stream (COPY) is given back as it is and is not timed.
  if (result instanceof Promise) result.then(done, done);
  return result;
}

function operationOf(statement: unknown): string {
  const text = typeof statement === 'string' ? statement : (statement as { text?: unknown } | undefined)?.text;
  const word = typeof text === 'string' ? (/^\s*([a-z]+)/i.exec(text)?.[1]?.toLowerCase() ?? '') : '';
  return OPERATIONS.includes(word) ? word : 'other';
}
