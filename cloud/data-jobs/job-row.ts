/** What each may become: README.md. */
export const JOB_STATUSES = ['queued', 'processing', 'completed', 'failed', 'cancelled'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** What a job keeps of its failure (core/errors toFailureRecord). */
export interface Failure {
  code: string;
  message: string;
  details?: Record<string, unknown>;
}

/** The columns of every kind that change while a job lives. */
interface JobState {
  status: JobStatus;
  /** Of the kind; null where it has none. */
  phase: string | null;
  /** Percent. */
  progress: number;
  attempts: number;
  failures: number;
  retries: number;
  estimated_completion: Date;
  started_at: Date | null;
  completed_at: Date | null;
  cancel_requested_at: Date | null;
  error: Failure | null;
  lease_until: Date | null;
  lease_token: string | null;
}

/** The columns of every kind that are written once. */
export interface JobIdentity {
  job_id: string;
  /** objectId of the row. */
  id: string;
  queue: string;
  kind: string;
  priority: number;
  max_attempts: number;
  tenantId: string;
  /** objectId of the _User; absent for the system and the master key, and once that person is erased. */
  ownerId: string | undefined;
  /** The kind's own, stored as JSON text. */
  options: unknown;
  /** Name of the stored input among the uploads (core/upload); null for a job without one. */
  input_path: string | null;
  input_name: string;
  /** Content type, or `inline` for rows that came in the request (stored as a JSON array). */
  input_type: string;
  input_bytes: number;
}

/** A row of DataJob without the columns that its kind adds. */
export interface JobRow extends JobIdentity, JobState {
  createdAt: Date;
}

/** New values of columns, those of the kind included; null empties one. */
export type JobChange<R extends JobRow = JobRow> = Partial<Omit<R, keyof JobIdentity | 'createdAt'>>;

/** The condition of an update: what the caller saw must still hold, or nothing is written. */
export interface JobCondition {
  statuses: readonly JobStatus[];
  kind?: string;
  /** The caller must still hold this lease. */
  leaseToken?: string;
  /** Nobody may hold a lease at this time. */
  leaseFreeAt?: Date;
  /** Nobody may have asked for a cancel. */
  isNotCancelled?: boolean;
  /** Somebody must have asked for a cancel. */
  isCancelAsked?: boolean;
  notInPhases?: readonly string[];
}

export const LIVE: readonly JobStatus[] = ['queued', 'processing'];
export const ENDED: readonly JobStatus[] = ['completed', 'failed', 'cancelled'];

export const isLive = (job: Pick<JobRow, 'status'>): boolean => LIVE.includes(job.status);
