import type { FieldDefinition } from '../../core/schema/class-definition';
import type { TableDefinition } from '../../core/schema/table-definition';

/** Columns of DataJob that only imports have. */
export const IMPORT_COLUMNS: Readonly<Record<string, FieldDefinition>> = {
  data_type: { type: 'String' },
  input_sha256: { type: 'String' },
  counts: { type: 'Object' },
  /** Identity of a named import; cleared when the job fails or is cancelled, set again by its retry. */
  import_hash: { type: 'String' },
  /** First six characters of the ids of the rows it makes; the rest is the row's number. */
  id_prefix: { type: 'String' },
  stored_total: { type: 'Number' },
  error_total: { type: 'Number' },
  header: { type: 'Array' },
  /** Whether amounts were those of lines or orders, and warnings. */
  report: { type: 'Object' },
  dry_run: { type: 'Boolean' },
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
