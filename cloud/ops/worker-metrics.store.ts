import { Table } from '../../core/database/kit/table';
import { gte, lt } from '../../core/database/kit/where';

const rows = new Table<{ worker: string; at: Date; metrics: unknown }>({
  table: 'worker_metrics',
  key: ['worker'],
  columns: { worker: 'plain', at: 'plain', metrics: 'json' },
});

/** Replaces the last numbers of this worker. */
export async function saveWorkerMetrics(worker: string, at: Date, metrics: unknown): Promise<void> {
  await rows.upsert({ worker, at, metrics });
}

/** Numbers of the workers that were heard of since then. */
export async function loadWorkerMetrics(since: Date): Promise<unknown[]> {
  return (await rows.list({ at: gte(since) })).map(({ metrics }) => metrics);
}

export async function deleteWorkerMetricsBefore(at: Date): Promise<void> {
  await rows.remove({ at: lt(at) });
}
