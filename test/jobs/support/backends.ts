import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import type { QueueSettings } from '../../../core/queue/settings';
import { testServer } from '../../harness/app';

export interface TestBackend {
  settings: Partial<QueueSettings> & Pick<QueueSettings, 'backend'>;
  /** For effects of jobs, beside the queue; the same for both backends. */
  pool: Pool;
  databaseUri: string;
  close(): Promise<void>;
}

/** A queue of its own for one test file, on the databases of this run. */
export async function openTestBackend(kind: 'postgres' | 'redis'): Promise<TestBackend> {
  const server = testServer();
  const name = `t${randomUUID().replaceAll('-', '').slice(0, 12)}`;
  // The frame's log and configuration need a database; the tests choose the queue's own.
  process.env.DATABASE_URI = server.databaseUri;
  process.env.NODE_ENV = 'test';
  process.env.LOG_LEVEL ??= 'silent';
  const pool = new Pool({ connectionString: server.databaseUri, max: 5 });
  pool.on('error', () => undefined);
  await pool.query('create schema if not exists jobs_test');
  await pool.query(
    `create table if not exists jobs_test.effect (run text, key text, times int not null default 1, primary key (run, key))`,
  );
  return {
    settings: {
      backend:
        kind === 'postgres'
          ? { kind, uri: server.databaseUri, schema: name }
          : { kind, url: queueUrl(server.redisUrl, server.env.REDIS_QUEUE_DB), prefix: name },
      backoffMs: 50,
    },
    pool,
    databaseUri: server.databaseUri,
    close: async () => {
      if (kind === 'postgres') await pool.query(`drop schema if exists ${name} cascade`);
      await pool.end();
    },
  };
}

function queueUrl(url: string | undefined, db: string | undefined): string {
  if (!url) throw new Error('This test needs Redis: it runs in the lane "redis".');
  const address = new URL(url);
  address.pathname = `/${db ?? 1}`;
  return address.toString();
}
