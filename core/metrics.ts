import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { RequestSeries } from './metrics.requests';
import { RequestWindow, type WindowSnapshot } from './metrics.window';

/** Everything this process shows at GET /metrics. */
export const registry = new Registry();
/** Metrics of jobs and loops. A worker has no HTTP port: it hands these to the web process through the database. */
export const jobRegistry = new Registry();

const registers = [registry];
const jobRegisters = [jobRegistry];

/** The metrics that other modules write. Label values must be bounded: never a user, tenant or raw path. */
export const metrics = {
  operations: new Counter({
    name: 'operations_total',
    help: 'Operations run, by name, door and outcome.',
    labelNames: ['operation', 'door', 'outcome'] as const,
    registers,
  }),
  dbQuerySeconds: new Histogram({
    name: 'db_query_duration_seconds',
    help: "Time of a query on the application's own pool, seconds.",
    labelNames: ['operation'] as const,
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
    registers,
  }),
  cacheHits: new Counter({
    name: 'cache_hits_total',
    help: 'Answers found in a cache.',
    labelNames: ['cache'] as const,
    registers,
  }),
  cacheMisses: new Counter({
    name: 'cache_misses_total',
    help: 'Answers not found in a cache.',
    labelNames: ['cache'] as const,
    registers,
  }),
  queueSize: new Gauge({
    name: 'queue_size',
    help: 'Jobs in a queue, by state.',
    labelNames: ['queue', 'state'] as const,
    registers,
  }),
  activeConnections: new Gauge({ name: 'active_connections', help: 'Open HTTP connections.', registers }),
  jobsProcessed: new Counter({
    name: 'jobs_processed_total',
    help: 'Jobs that ended well.',
    labelNames: ['queue', 'job'] as const,
    registers: jobRegisters,
  }),
  jobsFailed: new Counter({
    name: 'jobs_failed_total',
    help: 'Tries of jobs that failed; final is true for the last one.',
    labelNames: ['queue', 'job', 'final'] as const,
    registers: jobRegisters,
  }),
  jobsPostponed: new Counter({
    name: 'jobs_postponed_total',
    help: 'Runs of jobs that put themselves off, or found no token of their provider.',
    labelNames: ['queue', 'job'] as const,
    registers: jobRegisters,
  }),
  jobSeconds: new Histogram({
    name: 'job_duration_seconds',
    help: 'Time of one try of a job, seconds.',
    labelNames: ['queue', 'job'] as const,
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1800],
    registers: jobRegisters,
  }),
  loopRuns: new Counter({
    name: 'loop_runs_total',
    help: 'Passes of background loops, by loop and outcome (done, failed).',
    labelNames: ['loop', 'outcome'] as const,
    registers: jobRegisters,
  }),
  loopSeconds: new Histogram({
    name: 'loop_duration_seconds',
    help: 'Time of one pass of a background loop, seconds.',
    labelNames: ['loop'] as const,
    buckets: [0.01, 0.1, 1, 10, 60, 600],
    registers: jobRegisters,
  }),
};

const series = new RequestSeries();
series.register(registry);
const window = new RequestWindow(Date.now());

new Gauge({
  name: 'error_rate',
  help: 'Share (0 to 1) of answers with status 500 and above, last five minutes.',
  registers,
  collect() {
    this.set(window.snapshot(Date.now()).errorShare);
  },
});

export interface ObservedRequest {
  method: string;
  /** The pattern, never the raw path. */
  route: string;
  status: number;
  durationMs: number;
  /** Counted as a concurrent user for five minutes; never a label. */
  userId?: string | undefined;
}

/** Once for each answered request, at the door. */
export function observeRequest({ method, route, status, durationMs, userId }: ObservedRequest): void {
  series.observe(method, route, status, durationMs);
  window.add(Date.now(), route, status, durationMs, userId);
}

/** The last five minutes of this process. */
export function requestWindow(): WindowSnapshot {
  return window.snapshot(Date.now());
}

let hasDefaults = false;

/** CPU, memory, event loop, garbage collection. Once a process, at boot; tests leave it out. */
export function collectProcessMetrics(): void {
  if (hasDefaults) return;
  hasDefaults = true;
  collectDefaultMetrics({ register: registry });
}
