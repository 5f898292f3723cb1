import { rm } from 'node:fs/promises';
import type { Ctx } from '../../../core/context';
import { database } from '../../../core/database/database';
import { AppError, toAppError, toFailureRecord } from '../../../core/errors';
import type { JobRun } from '../../../core/job';
import { uploadPath } from '../../../core/upload';
import { eraseAgain } from '../../accounts/accounts.service';
import { foldNow } from '../../analytics/analytics.service';
import type { Failure, JobRow, JobState } from '../job/job-row';
import { jobStore, type JobStore } from '../job/job.store';
import { classLoader } from '../load/parse/class-loader';
import { discardStage } from '../load/discard-stage';
import { Interruption, type Loader, type LoadOutcome } from '../load/loader';
import { mongoLoader } from '../load/mongo/mongo-loader';
import { postgresLoader } from '../load/postgres/postgres-loader';
import { classNameOf, dataType } from '../convert/data-types';
import { planFields } from '../convert/mapping';
import { estimateEnd, READING_SHARE } from './estimate';
import { ColumnWatch } from './column-watch';
import { openInput } from './input';
import { Lease } from './lease';

/** A job whose worker dies again and again is given up: something in it kills workers. */
const MAX_STARTS = 25;
/** Clocks of processes differ. */
const ERASURE_SLACK_MS = 60_000;
/** What the client caused stays as it is however often it is tried. */
const FINAL_CODES = new Set([
  'VALIDATION_ERROR',
  'INVALID_FILE',
  'PAYLOAD_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'FORBIDDEN',
  'UNAUTHORIZED',
  'NOT_FOUND',
]);

/**
 * Runs one import to its end, or does nothing when it is ended or another worker has it. Safe to run again after any
 * crash: it goes on from the last rows that were staged; business rows are committed together with the job's phase
 * `applied`, from which a re-run only folds.
 */
export async function runImport(ctx: Ctx, jobId: string, run: JobRun): Promise<void> {
  const store = jobStore();
  const lease = new Lease(store, jobId, run.signal);
  const job = await lease.claim();
  if (!job) return;
  try {
    await work(ctx, { job, store, lease });
  } catch (error) {
    await endWithError(ctx, { job, store, lease, error });
  } finally {
    lease.stop();
  }
}

interface Running {
  job: JobRow;
  store: JobStore;
  lease: Lease;
}

async function work(ctx: Ctx, running: Running): Promise<void> {
  const { job } = running;
  if (job.phase !== 'applied') {
    if (job.attempts > MAX_STARTS) throw new AppError('INTERNAL_ERROR', 'Every worker that ran this import died.');
    if (job.cancel_requested_at && job.phase !== 'applying') throw new Interruption('cancelled');
    const outcome = await load(ctx, running);
    if (outcome.kind === 'checked') return endChecked(running, outcome);
  }
  // Who was erased while the rows were written; a process that dies here does it in its next life.
  await eraseAgain(ctx, new Date((job.started_at ?? job.createdAt).getTime() - ERASURE_SLACK_MS), job.tenantId);
  // Said only when the figures contain the rows.
  await foldNow(job.tenantId);
  await end(running, { status: 'completed', progress: 100 });
}

async function load(ctx: Ctx, { job, lease }: Running): Promise<LoadOutcome> {
  const { batches, progressOf } = await openInput(job);
  const type = classNameOf(job.data_type) === undefined ? dataType(job.data_type) : undefined;
  const startedAt = job.started_at ?? new Date();
  const watch = new ColumnWatch(job, (report) => lease.note({ report }));
  return loaderFor(
    ctx,
    job,
  )({
    job,
    leaseToken: lease.token,
    confirm: () => lease.check(),
    batches: watch.of(batches),
    watch: (others) => watch.of(others),
    columnWarnings: () => watch.warnings,
    plan: (header) => {
      if (!type) throw new Error('Classes have their own plan.');
      return planFields(type, job.options, header, job.createdAt);
    },
    beat: ({ phase, rows }) => {
      const progress = phase === 'reading' ? Math.min(READING_SHARE, progressOf() * READING_SHARE) : READING_SHARE;
      return lease.beat({
        phase,
        progress: Math.floor(progress),
        counts: { read: rows, inserted: 0, updated: 0, skipped: 0, rejected: 0 },
        ...(progress >= 1 ? { estimated_completion: estimateEnd(startedAt, progress, new Date()) } : {}),
      });
    },
  });
}

function loaderFor(ctx: Ctx, job: JobRow): Loader {
  if (classNameOf(job.data_type) !== undefined) return classLoader(ctx);
  const db = database();
  return db.kind === 'postgres' ? postgresLoader(db.loads ?? db.pool) : mongoLoader(db.db);
}

/** A dry run is complete; a strict import with refused rows has failed. */
async function endChecked(running: Running, { counts, errorTotal, report }: LoadOutcome): Promise<void> {
  const isRefused = running.job.options.strict && counts.rejected > 0;
  const result = { counts, error_total: errorTotal, stored_total: 0, report };
  if (isRefused) {
    const error: Failure = {
      code: 'VALIDATION_ERROR',
      message: `${counts.rejected} of ${counts.read} rows were refused; a strict import stores none.`,
      details: { counts },
    };
    await end(running, { ...result, status: 'failed', error, import_hash: null });
  } else {
    await end(running, { ...result, status: 'completed', progress: 100 });
  }
}

async function endWithError(ctx: Ctx, ended: Running & { error: unknown }): Promise<void> {
  const { job, store, lease, error } = ended;
  if (error instanceof Interruption) return endInterrupted(ended, error);
  // Whoever takes the job over ends what a silent worker has open: that is no fault of the import.
  if (lease.isLost) return;
  const known = toAppError(error);
  const failures = job.failures + 1;
  // Written rows stay. Only the figures lack them, and are tried for until they do not.
  const isWritten = (await store.find(job.job_id))?.phase === 'applied';
  const isOver = FINAL_CODES.has(known.code) || failures >= job.max_attempts || job.attempts > MAX_STARTS;
  if (isOver && !isWritten) {
    ctx.log.warn({ err: error, import: job.job_id }, 'An import failed.');
    await end(ended, { status: 'failed', error: toFailureRecord(known), import_hash: null, failures });
    return;
  }
  // Back into the queue: the queue tries again later, and the sweeper if the queue does not.
  const held = await store.update(
    job.job_id,
    { statuses: ['processing'], leaseToken: lease.token },
    { status: 'queued', failures, lease_until: null, lease_token: null },
  );
  // Perhaps the staged rows are what it stumbles over. From `applying` on only they lead to the end.
  if (held && !held.phase.startsWith('appl')) await discardStage(job);
  throw error;
}

async function endInterrupted(running: Running, { reason }: Interruption): Promise<void> {
  const { job, store, lease } = running;
  if (reason === 'stopping') {
    await store.update(
      job.job_id,
      { statuses: ['processing'], leaseToken: lease.token },
      { status: 'queued', lease_until: null, lease_token: null },
    );
    throw new AppError('SERVICE_UNAVAILABLE', 'The worker is stopping; another one goes on.');
  }
  // `lost` also stands for a cancel that came while the rows were being committed.
  const row = await store.find(job.job_id);
  if (!row?.cancel_requested_at || row.lease_token !== lease.token || row.phase.startsWith('appl')) return;
  await end(running, { status: 'cancelled', import_hash: null });
}

/** Stores the end, and only then removes what a re-run would need; not when another worker has taken the job over. */
async function end({ job, store, lease }: Running, change: Partial<JobState>): Promise<void> {
  const ended = await store.update(
    job.job_id,
    { statuses: ['processing'], leaseToken: lease.token },
    { ...change, completed_at: new Date(), lease_until: null, lease_token: null },
  );
  if (!ended) return;
  await discardStage(job);
  await rm(uploadPath(job.input_path), { force: true });
}
