import {
  createPostgresBackend,
  createRedisBackend,
  runMigrations,
  withBackend,
  type Job,
  type JobsOptions,
  type RepeatOptions,
  type WorkerOptions,
} from 'bullmq';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { log } from '../log';
import type { QueueSettings } from './settings';

export type QueueJob = Job<unknown, void>;
type JobState = 'waiting' | 'prioritized' | 'active' | 'completed' | 'failed' | 'delayed' | 'paused';

/** The part of BullMQ's Queue that is used; the same for both backends. */
export interface QueueHandle {
  name: string;
  add(name: string, data: unknown, options: JobsOptions): Promise<{ id?: string }>;
  addBulk(jobs: { name: string; data: unknown; opts: JobsOptions }[]): Promise<unknown>;
  getJobCounts(...states: JobState[]): Promise<Record<string, number>>;
  getJob(id: string): Promise<QueueJob | undefined>;
  upsertJobScheduler(
    id: string,
    repeat: Omit<RepeatOptions, 'key'>,
    template: { name: string; data: unknown; opts: Omit<JobsOptions, 'jobId' | 'deduplication' | 'delay'> },
  ): Promise<unknown>;
  getJobSchedulers(): Promise<{ key: string }[]>;
  removeJobScheduler(id: string): Promise<boolean>;
  setGlobalConcurrency(jobs: number): Promise<unknown>;
  getGlobalConcurrency(): Promise<number | null>;
  removeGlobalConcurrency(): Promise<unknown>;
  clean(graceMs: number, limit: number, state: 'completed' | 'failed'): Promise<string[]>;
  obliterate(options: { force: boolean }): Promise<void>;
  waitUntilReady(): Promise<unknown>;
  close(): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** The part of BullMQ's Worker that is used. */
export interface WorkerHandle {
  close(force?: boolean): Promise<void>;
  waitUntilReady(): Promise<unknown>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'failed', listener: (job: QueueJob | undefined, error: Error) => void): unknown;
  on(event: 'lockRenewalFailed', listener: (jobIds: string[]) => void): unknown;
}

/** Two parameters, not three: for a third BullMQ would make an AbortController of its own a job. */
export type QueueProcessor = (job: QueueJob, token: string | undefined) => Promise<void>;

export interface QueueFactory {
  makeQueue(name: string): QueueHandle;
  makeWorker(name: string, process: QueueProcessor, concurrency: number): WorkerHandle;
}

const POSTGRES_CLIENTS = 4;
/**
 * Commits of the queue do not wait for the disk. A crash of PostgreSQL may take the queue back by
 * less than a second, as Redis with `appendfsync everysec`: a lost end repeats the job, a lost add
 * is repeated by the sweeper over rows, and any later commit of the application makes both safe.
 * Waiting would hold the lock of the global concurrency during every write to the disk.
 */
const POSTGRES_OPTIONS = '-c synchronous_commit=off';

/**
 * Chooses the backend and waits until it is up: on PostgreSQL a Queue or Worker built before
 * that remembers the failure for ever. @throws when it is not up after `settings.waitMs`
 */
export async function connectBackend(settings: QueueSettings): Promise<QueueFactory> {
  await waitForBackend(settings);
  const workerOptions = {
    lockDuration: settings.lockMs,
    stalledInterval: settings.lockMs / 2,
    maxStalledCount: settings.maxStalled,
    // After the backend was away a worker would wait 15 s by default.
    runRetryDelay: 1000,
  };
  return settings.backend.kind === 'redis'
    ? redisFactory(settings.backend, workerOptions)
    : postgresFactory(settings.backend, workerOptions);
}

type SharedWorkerOptions = Pick<
  WorkerOptions,
  'lockDuration' | 'stalledInterval' | 'maxStalledCount' | 'runRetryDelay'
>;

function redisFactory(
  { url, prefix }: { url: string; prefix: string },
  workerOptions: SharedWorkerOptions,
): QueueFactory {
  const { Queue, Worker } = withBackend(createRedisBackend);
  const retryStrategy = (times: number): number => Math.min(times * 50, 2000);
  // A producer answers a request: it fails at once. A worker waits for as long as it takes.
  const producer = { url, retryStrategy, enableOfflineQueue: false, maxRetriesPerRequest: 1 };
  const consumer = { url, retryStrategy, maxRetriesPerRequest: null };
  return {
    makeQueue: (name) => new Queue(name, { connection: producer, prefix }) as unknown as QueueHandle,
    makeWorker: (name, process, concurrency) =>
      new Worker(name, process, {
        ...workerOptions,
        connection: consumer,
        prefix,
        concurrency,
      }),
  };
}

function postgresFactory(
  { uri, schema }: { uri: string; schema: string },
  workerOptions: SharedWorkerOptions,
): QueueFactory {
  const { Queue, Worker } = withBackend(createPostgresBackend);
  const connection = {
    connectionString: uri,
    schema,
    max: POSTGRES_CLIENTS,
    options: POSTGRES_OPTIONS,
    connectionTimeoutMillis: 5000,
    // Parked LISTEN connections live for hours: a silently dropped one must be noticed.
    keepAlive: true,
  };
  return {
    makeQueue: (name) => new Queue(name, { connection }) as unknown as QueueHandle,
    makeWorker: (name, process, concurrency) =>
      new Worker(name, process, { ...workerOptions, connection, concurrency }),
  };
}

async function waitForBackend({ backend, waitMs }: QueueSettings): Promise<void> {
  const deadline = Date.now() + waitMs;
  for (let tries = 0; ; tries += 1) {
    try {
      if (backend.kind === 'redis') await pingRedis(backend.url);
      else await migrate(backend.uri, backend.schema);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      if (tries === 0) log().warn({ err: error }, 'The queue is not there yet; trying again.');
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

async function pingRedis(url: string): Promise<void> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 5000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.ping();
  } finally {
    client.disconnect();
  }
}

async function migrate(uri: string, schema: string): Promise<void> {
  const pool = new Pool({ connectionString: uri, max: 1, connectionTimeoutMillis: 5000 });
  pool.on('error', () => undefined);
  try {
    const client = await pool.connect();
    try {
      await runMigrations(client, schema);
    } finally {
      client.release();
    }
  } finally {
    await pool.end();
  }
}
