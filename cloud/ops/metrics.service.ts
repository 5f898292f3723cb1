import { hostname } from 'node:os';
import { AggregatorRegistry } from 'prom-client';
import { jobRegistry, metrics, registry, requestWindow } from '../../core/metrics';
import { queueStatus } from './queue-status.service';
import { uptime, type Uptime } from './uptime.service';
import { loadWorkerMetrics, saveWorkerMetrics } from './worker-metrics.store';

/** A worker that was silent for so long is gone; its series end, as those of an unscraped target do. */
const WORKER_SILENT_MS = 60_000;

export interface MetricsReport {
  response_time: { average: number; p95: number; p99: number };
  throughput: { requests_per_second: number; concurrent_users: number; peak_load: number };
  error_rate: { overall: number; by_endpoint: Record<string, number> };
  uptime: Uptime;
}

/** Contract A37: the last five minutes of this process, and the uptime of the service. */
export async function metricsReport(now: Date): Promise<MetricsReport> {
  const window = requestWindow();
  return {
    response_time: { average: round(window.averageMs), p95: round(window.p95Ms), p99: round(window.p99Ms) },
    throughput: {
      requests_per_second: round(window.requestsPerSecond),
      concurrent_users: window.concurrentUsers,
      peak_load: window.peakPerSecond,
    },
    error_rate: {
      overall: round(100 * window.errorShare),
      by_endpoint: Object.fromEntries(
        Object.entries(window.errorShareByRoute).map(([route, share]) => [route, round(100 * share)]),
      ),
    },
    uptime: await uptime(now),
  };
}

/** This process's metrics, its loops among them, and those the workers handed over, as Prometheus text. */
export async function prometheusText(now: Date): Promise<string> {
  const [workers] = await Promise.all([workerText(now), refreshQueueSize()]);
  return `${await registry.metrics()}\n${workers}`;
}

/** A worker's metrics of jobs and loops, labelled with the worker, go to the web process through the database. */
export async function publishJobMetrics(now: Date): Promise<void> {
  const worker = `${hostname()}:${process.pid}`;
  jobRegistry.setDefaultLabels({ worker });
  await saveWorkerMetrics(worker, now, await jobRegistry.getMetricsAsJSON());
}

async function workerText(now: Date): Promise<string> {
  try {
    const reports = await loadWorkerMetrics(new Date(now.getTime() - WORKER_SILENT_MS));
    // The label `worker` keeps the series apart, so nothing is summed: a restart stays a counter's restart.
    const own = await jobRegistry.getMetricsAsJSON();
    if (reports.length) return await AggregatorRegistry.aggregate([...(reports as object[]), own]).metrics();
  } catch {
    // A database that is away must not hide the metrics that tell so.
  }
  return jobRegistry.metrics();
}

async function refreshQueueSize(): Promise<void> {
  metrics.queueSize.reset();
  try {
    const { queues } = await queueStatus();
    for (const [queue, counts] of Object.entries(queues)) {
      for (const [state, value] of Object.entries<number>({ ...counts }))
        metrics.queueSize.set({ queue, state }, value);
    }
  } catch {
    // No number is the honest answer while the queue is down.
  }
}

const round = (value: number): number => Math.round(value * 100) / 100;
