import type { Counts, ImportJob } from './import-job';
import type { FieldPlan } from '../convert/mapping';
import type { ImportReport, ImportWarning } from '../convert/warning';
import type { RawBatch } from '../read/row-batch';

/** What a loader is given; it reads `batches` once, in order. */
export interface LoadRequest {
  job: ImportJob;
  leaseToken: string;
  batches: AsyncIterable<RawBatch>;
  plan: (header: readonly string[]) => FieldPlan;
  /** Looks at other batches of the same input as it does at `batches`. */
  watch: (batches: AsyncIterable<RawBatch>) => AsyncIterable<RawBatch>;
  /** What is to be said of the columns; known once the first batch was read, in this run or an earlier one. */
  columnWarnings: () => ImportWarning[];
  /**
   * Called between batches and long steps: reports progress, renews the lease.
   * @throws Interruption when the job was cancelled, lost or the process stops
   */
  beat: (state: { phase: 'reading' | 'loading' | 'applying'; rows: number }) => Promise<void>;
  /**
   * Called right before a write that nothing in the database makes conditional: a worker that stood still wakes there.
   * @throws Interruption as `beat` does, by what is known without asking the database
   */
  confirm: () => void;
}

/**
 * `applied`: rows, marks, counts and refused rows are committed with the job's phase. `checked`: a dry run, or a
 * strict import with refused rows; counts and refused rows are stored, no business row is.
 */
export interface LoadOutcome {
  kind: 'applied' | 'checked';
  counts: Counts;
  errorTotal: number;
  report: ImportReport;
}

export type Loader = (request: LoadRequest) => Promise<LoadOutcome>;
