import type { Config } from '../config';

export interface QueueSettings {
  backend:
    | { kind: 'redis'; url: string; /** Before every key. */ prefix: string }
    | { kind: 'postgres'; uri: string; /** PostgreSQL schema of the queue's own tables. */ schema: string };
  /** First pause before a retry, milliseconds; doubles with each further one. */
  backoffMs: number;
  /** How long a silent worker keeps its jobs, milliseconds; blocking the event loop longer runs a job twice. */
  lockMs: number;
  /** The next death of a worker under a job after so many fails the job. */
  maxStalled: number;
  /** How long opening waits for the backend, milliseconds. */
  waitMs: number;
  /** How long one call may take before it counts as failed, milliseconds. */
  callMs: number;
}

/** Measured on both backends with this lock: a killed worker's jobs run again 10 to 15 s later. */
const DEFAULTS = { backoffMs: 1000, lockMs: 10_000, maxStalled: 10, waitMs: 60_000, callMs: 3000 };

/** Redis when it is configured, otherwise the application's own PostgreSQL. */
export function queueSettings(settings: Pick<Config, 'database' | 'redis'>): QueueSettings {
  if (settings.redis) {
    return { ...DEFAULTS, backend: { kind: 'redis', url: settings.redis.queueUrl, prefix: 'appbackend' } };
  }
  if (settings.database.kind !== 'postgres') throw new Error('The queue needs Redis beside MongoDB.');
  return { ...DEFAULTS, backend: { kind: 'postgres', uri: settings.database.uri, schema: 'bullmq' } };
}
