import { database } from '../../core/database/database';

const COLLECTION = 'app_worker_metrics';

interface MetricsRow {
  _id: string;
  at: Date;
  metrics: unknown;
}

/** Replaces the last numbers of this worker. */
export async function saveWorkerMetrics(worker: string, at: Date, metrics: unknown): Promise<void> {
  const db = database();
  if (db.kind === 'postgres') {
    await db.pool.query(
      `insert into app.worker_metrics (worker, at, metrics) values ($1, $2, $3)
       on conflict (worker) do update set at = excluded.at, metrics = excluded.metrics`,
      [worker, at, JSON.stringify(metrics)],
    );
  } else {
    await db.db
      .collection<MetricsRow>(COLLECTION)
      .updateOne({ _id: worker }, { $set: { at, metrics } }, { upsert: true });
  }
}

/** Numbers of the workers that were heard of since then. */
export async function loadWorkerMetrics(since: Date): Promise<unknown[]> {
  const db = database();
  if (db.kind === 'postgres') {
    const { rows } = await db.pool.query<{ metrics: unknown }>(
      'select metrics from app.worker_metrics where at >= $1',
      [since],
    );
    return rows.map((row) => row.metrics);
  }
  const found = await db.db
    .collection<MetricsRow>(COLLECTION)
    .find({ at: { $gte: since } })
    .toArray();
  return found.map((row) => row.metrics);
}

export async function deleteWorkerMetricsBefore(at: Date): Promise<void> {
  const db = database();
  if (db.kind === 'postgres') await db.pool.query('delete from app.worker_metrics where at < $1', [at]);
  else await db.db.collection<MetricsRow>(COLLECTION).deleteMany({ at: { $lt: at } });
}
