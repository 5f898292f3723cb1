import type { z } from 'zod';
import type { Ctx } from '../../core/context';
import type { Feature } from '../../core/feature';
import type { JOB_CLASSES } from '../../core/job';
import type { FieldDefinition, IndexDefinition } from '../../core/schema/class-definition';
import type { Failure, JobChange, JobRow } from './job-row';

/** What a run is given. It holds the job's lease until it returns. */
export interface DataJobRun<R extends JobRow = JobRow> {
  /** As it was when the run began. */
  job: R;
  /** Of the lease, for {@link updateHeld}. */
  leaseToken: string;
  /** Aborted on timeout and shutdown; `check` and `beat` tell a cancel, too. */
  signal: AbortSignal;
  /**
   * Reports progress, at most twice a second, and the expected end by it. Call it between pieces of work.
   * @throws Interruption when the job was cancelled, lost or the process stops: let it pass
   */
  beat: (change: JobChange<R>) => Promise<void>;
  /** Stores at once what must not wait for the next beat. */
  note: (change: JobChange<R>) => Promise<void>;
  /**
   * Asks nobody: right before a write that nothing in the database makes conditional.
   * @throws Interruption as `beat` does
   */
  check: () => void;
}

/** How a run ended. A failure that is no fault of ours; others are thrown, and tried again. */
export interface DataJobEnd<R extends JobRow = JobRow> {
  error?: Failure;
  change?: JobChange<R>;
}

export interface DataJobPage {
  offset: number;
  limit: number;
}

/**
 * A kind of data job: what it does. Accepting, queueing, lease, progress, cancel, retry, status, list, expiry and the
 * sweeper are everybody's, and come from here. @typeParam R the row with the kind's own columns
 */
export interface DataJobKind<R extends JobRow = JobRow> {
  /** Value of the column `kind`, and with an `s` the name of the queue's job: `import`, `imports.run`. */
  kind: string;
  /** Priority and tries (core/job). */
  class: keyof typeof JOB_CLASSES;
  /** @defaultValue data-processing */
  queue?: string;
  /** Longest run. @defaultValue an hour */
  timeoutMs?: number;
  /** Columns of DataJob that only this kind has. */
  columns?: Readonly<Record<string, FieldDefinition>>;
  indexes?: readonly IndexDefinition[];
  /** What its columns and `phase` begin with, at first and at each retry; also read where a stored row has none. */
  initial?: JobChange<R>;
  /** Phases that limit what may still happen. */
  phases?: {
    /** From these on a cancel comes too late, and a failed try goes on from what is there. */
    forward: readonly string[];
    /** In these a job never fails: it is tried until it has ended well. */
    sure: readonly string[];
  };
  /** Set when a job fails or is cancelled: what others may have then, such as a unique name. */
  freed?: JobChange<R>;
  /**
   * Does the work. Runs at least once: another process goes on after any crash, with the same row.
   * @throws anything: tried again, as often as the class says; AppErrors that the client caused end the job at once
   */
  run: (ctx: Ctx, run: DataJobRun<R>) => Promise<DataJobEnd<R>>;
  /** Removes what runs kept aside (staged rows); after the end, and before a try that begins anew. Safe to repeat. */
  discard?: (job: R) => Promise<void>;
  /** What is kept aside though its job has ended, or is no more: a process died before `discard`. */
  remains?: () => Promise<Remains[]>;
  /**
   * Before a retry: whether the caller may have it, and columns that the new try takes back (see `freed`).
   * @throws AppError
   */
  again?: (ctx: Ctx, job: R) => Promise<JobChange<R>>;
  /** What its status says beside that of every job. */
  status?: { fields: z.ZodRawShape; of: (job: R) => Record<string, unknown> };
  /** What its end tells whoever listens to events, beside `job_id` and `kind`: counts and names, nothing of a person. */
  event?: (job: R) => { records: Record<string, number>; details?: Record<string, string | boolean> };
  /** What its results say beside those of every job; `fields` are what `of` returns beside `total` and `results`. */
  results: {
    fields?: z.ZodRawShape;
    /** Also asked for jobs that run, failed or were cancelled; expired ones are refused before. */
    of: (
      ctx: Ctx,
      job: R,
      page: DataJobPage,
    ) => Promise<{ total: number; results: Record<string, unknown>[] } & Record<string, unknown>>;
    /** Deletes stored results of jobs that ended before. */
    expire?: (endedBefore: Date) => Promise<void>;
  };
}

export interface Remains {
  /** Null when no such job is known: then `discard` is called. */
  jobId: string | null;
  discard: () => Promise<void>;
}

/** A feature that brings kinds of data jobs; `cloud/features.ts` collects them. */
export interface DataJobFeature extends Feature {
  dataJobs?: readonly DataJobKind[];
}

/** Declares a kind with its types kept. */
export function defineDataJob<R extends JobRow>(kind: DataJobKind<R>): DataJobKind {
  return kind as unknown as DataJobKind;
}
