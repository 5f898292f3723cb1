import type { JobRow } from '../../data-jobs/job-row';
import type { ImportOptions } from '../convert/options';
import type { ImportReport } from '../convert/warning';

/**
 * `loading`: all rows are staged. `applying` (MongoDB): rows are being written and a cancel comes too late. `applied`:
 * only the figures are missing.
 */
type ImportPhase = 'reading' | 'loading' | 'applying' | 'applied';

/** Input rows that are not blank; read is the sum of the others. */
export interface Counts {
  read: number;
  inserted: number;
  updated: number;
  skipped: number;
  rejected: number;
}

export const NO_COUNTS: Counts = { read: 0, inserted: 0, updated: 0, skipped: 0, rejected: 0 };

/** The row of an import: a data job with columns of its own (imports.schema.ts). */
export interface ImportJob extends JobRow {
  options: ImportOptions;
  phase: ImportPhase;
  input_path: string;
  data_type: string;
  /** First six characters of the ids of the rows it makes. */
  id_prefix: string;
  /** Said apart from the options, for lists of jobs; rows of earlier releases lack it. */
  dry_run?: boolean;
  /** Identity of a named import while it lives, and after it has completed. */
  import_hash?: string | null;
  /** Hexadecimal; rows of earlier releases lack it. */
  input_sha256?: string;
  counts: Counts;
  stored_total: number;
  error_total: number;
  /** What it tells beside counts and refused rows. */
  report: ImportReport;
  /** Of the file, kept for a run that resumes without reading it. */
  header: readonly string[];
}

/** Content type of rows that came in the request. */
export const INLINE_INPUT = 'inline';
