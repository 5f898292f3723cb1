import type { TableDefinition } from '../../core/schema/table-definition';

/** One row a minute in which a web process could write: the truth of `uptime`, over restarts. */
export const uptimeTable: TableDefinition = {
  name: 'uptime_minute',
  // Minutes since 1970. MongoDB: `_id` is the minute.
  postgres: ['create table if not exists app.uptime_minute (minute bigint primary key)'],
  mongo: [],
};

/** The last job metrics of every worker: a worker has no HTTP port of its own to be scraped. */
export const workerMetricsTable: TableDefinition = {
  name: 'worker_metrics',
  postgres: [
    `create table if not exists app.worker_metrics (
       worker text primary key, at timestamptz not null, metrics jsonb not null)`,
  ],
  mongo: [],
};

/** One row a schedule and slot: who inserts it starts the job, so a slot runs once over all workers. */
export const jobSlotTable: TableDefinition = {
  name: 'job_slot',
  postgres: [
    `create table if not exists app.job_slot (
       schedule_id text not null, slot_ms bigint not null, claimed_at timestamptz not null,
       started_at timestamptz, job_status_id text, primary key (schedule_id, slot_ms))`,
  ],
  mongo: [{ key: { schedule_id: 1, slot_ms: 1 }, unique: true }],
};

/** When the times of a schedule were last edited. */
export const jobEditTable: TableDefinition = {
  name: 'job_edit',
  // MongoDB: `_id` is the schedule.
  postgres: ['create table if not exists app.job_edit (schedule_id text primary key, edited_at timestamptz not null)'],
  mongo: [],
};
