import type { ImportOptions } from '../convert/options';
import type { ImportReport } from '../convert/warning';

export type JobStatus = 'queued' | 'processing' | 'completed' | 'failed' | 'cancelled';
/**
 * `loading`: all rows are staged. `applying` (MongoDB): rows are being written and a cancel comes too late. `applied`:
 * only the figures are missing.
 */
export type JobPhase = 'reading' | 'loading' | 'applying' | 'applied';

/** Input rows that are not blank; read is the sum of the others. */
export interface Counts {
  read: number;
  inserted: number;
  updated: number;
  skipped: number;
  rejected: number;
}

export const NO_COUNTS: Counts = { read: 0, inserted: 0, updated: 0, skipped: 0, rejected: 0 };

/** What a job keeps of its failure (core/errors toFailureRecord). */
export interface Failure {
  code: string;
  message: string;
  details?: Record<string, unknown>;
}

/** The columns of DataJob that change while the job lives. */
export interface JobState {
  status: JobStatus;
  phase: JobPhase;
  progress: number;
  attempts: number;
  failures: number;
  estimated_completion: Date;
  started_at: Date | null;
  completed_at: Date | null;
  cancel_requested_at: Date | null;
  error: Failure | null;
  counts: Counts;
  import_hash: string | null;
  lease_until: Date | null;
  lease_token: string | null;
  stored_total: number;
  error_total: number;
  /** What it tells beside counts and refused rows. */
  report: ImportReport;
  /** Of the file, kept for a run that resumes without reading it. */
  header: readonly string[];
}

/** The columns that are written once. */
export interface JobIdentity {
  job_id: string;
  /** objectId of the row. */
  id: string;
  queue: string;
  kind: 'import';
  data_type: string;
  priority: number;
  max_attempts: number;
  tenantId: string;
  /** objectId of the _User; absent for the system and the master key. */
  ownerId: string | undefined;
  options: ImportOptions;
  /** Name of the stored input among the uploads (core/upload). */
  input_path: string;
  input_name: string;
  /** Content type, or `inline` for rows that came in the request (stored as a JSON array). */
  input_type: string;
  input_bytes: number;
  id_prefix: string;
  /** Said apart from the options, for lists of jobs. */
  dry_run: boolean;
}

export interface JobRow extends JobIdentity, JobState {
  createdAt: Date;
}

/** The condition of an update: what the caller saw must still hold, or nothing is written. */
export interface JobCondition {
  statuses: readonly JobStatus[];
  /** The caller must still hold this lease. */
  leaseToken?: string;
  /** Nobody may hold a lease at this time. */
  leaseFreeAt?: Date;
  /** Nobody may have asked for a cancel. */
  isNotCancelled?: boolean;
  /** Somebody must have asked for a cancel. */
  isCancelAsked?: boolean;
  phases?: readonly JobPhase[];
}

export const INLINE_INPUT = 'inline';
