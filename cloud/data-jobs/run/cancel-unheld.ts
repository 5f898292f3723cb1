import { randomUUID } from 'node:crypto';
import type { DataJobKind } from '../kind';
import { LIVE } from '../job-row';
import { jobStore } from '../store/job.store';
import { clearEnded } from './clear';
import { LEASE_MS } from './lease';

/**
 * Cancels a job that no worker has: it waits, or its worker is dead or stands still. False when it is held, goes forward
 * only, or has ended. @param isAsked only where somebody has asked for a cancel already
 */
export async function cancelUnheld(
  kind: DataJobKind,
  jobId: string,
  now: Date,
  { isAsked = false } = {},
): Promise<boolean> {
  const token = randomUUID();
  const cancelled = await jobStore().update(
    jobId,
    {
      statuses: LIVE,
      kind: kind.kind,
      notInPhases: kind.phases?.forward ?? [],
      leaseFreeAt: now,
      isCancelAsked: isAsked,
    },
    {
      ...kind.freed,
      ...(isAsked ? {} : { cancel_requested_at: now }),
      status: 'cancelled',
      completed_at: now,
      lease_token: token,
      lease_until: new Date(Date.now() + LEASE_MS),
    },
  );
  if (!cancelled) return false;
  await clearEnded(cancelled, token);
  return true;
}
