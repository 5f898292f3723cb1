import type { ClassDefinition, FieldDefinition } from '../../core/schema/class-definition';
import type { TableDefinition } from '../../core/schema/table-definition';

const string: FieldDefinition = { type: 'String' };
const number: FieldDefinition = { type: 'Number' };
const date: FieldDefinition = { type: 'Date' };
const object: FieldDefinition = { type: 'Object' };

const FIELDS: Readonly<Record<string, FieldDefinition>> = {
  job_id: string,
  queue: string,
  kind: string,
  data_type: string,
  processing_rules: { type: 'Array' },
  status: string,
  /** Percent, 0 to 100. */
  progress: number,
  priority: number,
  /** Starts, those that a crash ended included. */
  attempts: number,
  max_attempts: number,
  /** Tries that ended with an error of ours; a crash is none. */
  failures: number,
  estimated_completion: date,
  started_at: date,
  completed_at: date,
  error: object,
  owner: { type: 'Pointer', targetClass: '_User' },
  /** JSON text: mapping keys may hold `.` and `$`, which Parse refuses in keys. */
  options: string,
  input_path: string,
  input_name: string,
  input_type: string,
  input_bytes: number,
  counts: object,
  /** reading, loading (all is staged), applying, applied: the rows are committed and only the figures are missing. */
  phase: string,
  cancel_requested_at: date,
  /** Identity of a named import; cleared when the job fails or is cancelled. */
  import_hash: string,
  /** A worker owns the job until then; renewed while it lives. */
  lease_until: date,
  lease_token: string,
  /** First six characters of the ids of the rows it makes; the rest is the row's number. */
  id_prefix: string,
  stored_total: number,
  error_total: number,
  header: { type: 'Array' },
  /** Whether amounts were those of lines or orders, and warnings. */
  report: object,
  dry_run: { type: 'Boolean' },
};

/** The row of a job outlives the queue's own record, and is the truth about it. */
export const DATA_JOB: ClassDefinition = {
  className: 'DataJob',
  fields: FIELDS,
  indexes: [
    { fields: ['job_id'], unique: true },
    { fields: ['import_hash'], unique: true },
    { fields: ['owner', 'status'] },
    { fields: ['status', 'lease_until'] },
  ],
  access: 'own',
  tenant: true,
  serverFields: Object.keys(FIELDS),
  liveQuery: 'polled',
};

/** Refused rows of imports; `seq` gives the order of reading. */
export const IMPORT_ERROR: TableDefinition = {
  name: 'import_error',
  postgres: [
    `create table if not exists app.import_error (
      job text not null, seq integer not null, row integer not null, column_name text,
      code text not null, message text not null, value text, primary key (job, seq))`,
  ],
  mongo: [{ key: { job: 1, seq: 1 }, unique: true }],
};

/** Staged rows of running imports, MongoDB only (PostgreSQL: a table an import, load/postgres/stage-table.ts). */
export const IMPORT_STAGE: TableDefinition = {
  name: 'import_stage',
  postgres: [],
  mongo: [{ key: { job: 1, row: 1 } }, { key: { job: 1, match: 1, row: 1 } }],
};
