import type { Ctx } from '../../../core/context';
import { AppError, toAppError, toFailureRecord } from '../../../core/errors';
import { hintEvents } from '../../../core/events/hints';
import type { JobRun } from '../../../core/job';
import { Lease } from '../../../core/lease/lease';
import { dataJobEvents, endEvents } from '../data-jobs.events';
import { Interruption } from '../interruption';
import type { DataJobKind } from '../kind';
import type { JobChange, JobRow, JobStatus } from '../job-row';
import { jobStore } from '../store/job.store';
import type { JobStore } from '../store/job.store.types';
import { clearEnded } from './clear';
import { isForward, jobSeat, LEASE_MS, reportsOf, type JobLease } from './lease';

/** A job whose worker dies again and again is given up: something in it kills workers. */
const MAX_STARTS = 25;
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

interface Running {
  kind: DataJobKind;
  store: JobStore;
  lease: JobLease;
}

/**
 * Runs one data job to its end, or does nothing when it has ended or another worker has it. Safe to run again after any
 * crash, as far as the kind's `run` is.
 */
export async function runDataJob(ctx: Ctx, kind: DataJobKind, jobId: string, run: JobRun): Promise<void> {
  const store = jobStore();
  const lease = await Lease.claim(jobSeat(store, kind, jobId), { holdMs: LEASE_MS });
  if (!lease) return;
  const running = { kind, store, lease };
  try {
    await work(ctx, running, run.signal);
  } catch (error) {
    await endWithError(ctx, running, error);
  } finally {
    lease.leave();
  }
}

async function work(ctx: Ctx, running: Running, signal: AbortSignal): Promise<void> {
  const { kind, lease } = running;
  const job = lease.row.started_at ? lease.row : await lease.confirm({ started_at: new Date() });
  if (!isSure(kind, job)) {
    if (job.attempts > MAX_STARTS) throw new AppError('INTERNAL_ERROR', 'Every worker that ran this job died.');
    if (job.cancel_requested_at && !isForward(kind, job)) throw new Interruption('cancelled');
  }
  const { error, change } = await kind.run(ctx, {
    job,
    leaseToken: lease.token,
    signal,
    ...reportsOf(kind, lease, signal),
  });
  if (error) await end(running, 'failed', { ...change, error });
  else await end(running, 'completed', { ...change, progress: 100 });
}

/** A job in such a phase never fails. */
function isSure(kind: DataJobKind, { phase }: Pick<JobRow, 'phase'>): boolean {
  return phase !== null && (kind.phases?.sure.includes(phase) ?? false);
}

async function endWithError(ctx: Ctx, running: Running, error: unknown): Promise<void> {
  const { kind, store, lease } = running;
  const job = lease.row;
  if (error instanceof Interruption) return endInterrupted(running, error);
  // Whoever takes the job over ends what a silent worker has open: that is no fault of the job.
  if (lease.isLost) return;
  const known = toAppError(error);
  const failures = job.failures + 1;
  const isOver = FINAL_CODES.has(known.code) || failures >= job.max_attempts || job.attempts > MAX_STARTS;
  if (isOver && !isSure(kind, (await store.find(job.job_id)) ?? job)) {
    ctx.log.warn({ err: error, job: job.job_id, kind: kind.kind }, 'A data job failed.');
    await end(running, 'failed', { error: toFailureRecord(known), failures });
    return;
  }
  // Back into the queue: the queue tries again later, and the sweeper if the queue does not.
  const held = await lease.release({ failures });
  // Perhaps what was kept aside is what it stumbles over. From `forward` on only that leads to the end.
  if (held && !isForward(kind, held)) await kind.discard?.(job);
  throw error;
}

async function endInterrupted(running: Running, { reason }: Interruption): Promise<void> {
  const { kind, store, lease } = running;
  if (reason === 'stopping') {
    await lease.release();
    throw new AppError('SERVICE_UNAVAILABLE', 'The worker is stopping; another one goes on.');
  }
  // `lost` also stands for a cancel that came while the rows were being committed.
  const row = await store.find(lease.row.job_id);
  if (!row?.cancel_requested_at || row.lease_token !== lease.token || isForward(kind, row)) return;
  await end(running, 'cancelled', {});
}

/** Stores the end, and only then removes what a re-run would need; not when another worker has taken the job over. */
async function end({ kind, store, lease }: Running, status: JobStatus, change: JobChange): Promise<void> {
  const now = new Date();
  const { job_id: jobId } = lease.row;
  // What the run has stored by other ways, its counts for instance: while the lease is held, nobody else changes it.
  const row = (await store.find(jobId)) ?? lease.row;
  const ended = await store.update(
    jobId,
    { statuses: ['processing'], leaseToken: lease.token },
    {
      ...change,
      ...(status === 'completed' ? {} : kind.freed),
      status,
      completed_at: now,
      lease_until: new Date(now.getTime() + LEASE_MS),
    },
    { events: endEvents(kind, { ...row, ...change, status }) },
  );
  if (!ended) return;
  hintEvents(dataJobEvents.className);
  await clearEnded(ended, lease.token);
}
