import { LeaseLost, type Lease } from '../../../core/lease/lease';
import type { Seat } from '../../../core/lease/seat';
import { Interruption } from '../interruption';
import type { DataJobKind, DataJobRun } from '../kind';
import { LIVE, type JobChange, type JobRow } from '../job-row';
import type { JobStore } from '../store/job.store.types';
import { estimateEnd } from './estimate';

/** A process that does not renew its lease for so long is taken for dead. */
export const LEASE_MS = 20_000;
/** Pause between two writes of progress; they also read whether somebody cancelled. */
const BEAT_MS = 500;

export type JobLease = Lease<JobRow, JobChange>;

/**
 * The row of a job as the seat of its run. Not taken when the job is done, unknown, or of another kind, either; released
 * it is back in the queue.
 */
export function jobSeat(store: JobStore, kind: DataJobKind, jobId: string): Seat<JobRow, JobChange> {
  const heldBy = (leaseToken: string) => ({ statuses: ['processing'] as const, leaseToken });
  return {
    take: (token, until, now) =>
      store.update(
        jobId,
        { statuses: LIVE, kind: kind.kind, leaseFreeAt: now },
        { status: 'processing', lease_token: token, lease_until: until },
        { countAttempt: true },
      ),
    renew: (token, until, change) => store.update(jobId, heldBy(token), { ...change, lease_until: until }),
    release: (token, change) =>
      store.update(jobId, heldBy(token), { ...change, status: 'queued', lease_token: null, lease_until: null }),
  };
}

/** How a run reports, and hears that it has to end. @param stopping aborted when its process stops, or its time is over */
export function reportsOf(
  kind: DataJobKind,
  lease: JobLease,
  stopping: AbortSignal,
): Pick<DataJobRun, 'beat' | 'note' | 'check'> {
  let lastBeatAt = 0;
  const check = (): void => {
    if (stopping.aborted) throw new Interruption('stopping');
    if (lease.row.cancel_requested_at && !isForward(kind, lease.row)) throw new Interruption('cancelled');
    if (lease.isLost) throw new Interruption('lost');
  };
  const note = async (change: JobChange): Promise<void> => {
    try {
      await lease.confirm(change);
    } catch (error) {
      throw error instanceof LeaseLost ? new Interruption('lost') : error;
    }
  };
  const beat = async (change: JobChange): Promise<void> => {
    check();
    const now = new Date();
    if (now.getTime() - lastBeatAt < BEAT_MS) return;
    lastBeatAt = now.getTime();
    const { progress = 0 } = change;
    const startedAt = lease.row.started_at ?? now;
    await note({
      ...(progress >= 1 ? { estimated_completion: estimateEnd(startedAt, progress, now) } : {}),
      ...change,
    });
    check();
  };
  return { beat, note, check };
}

/** A cancel comes too late. */
export function isForward(kind: DataJobKind, { phase }: Pick<JobRow, 'phase'>): boolean {
  return phase !== null && (kind.phases?.forward.includes(phase) ?? false);
}
