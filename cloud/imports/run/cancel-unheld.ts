import { rm } from 'node:fs/promises';
import { uploadPath } from '../../../core/upload';
import { jobStore } from '../job/job.store';
import { discardStage } from '../load/discard-stage';

/**
 * Cancels a job that no worker has: it waits, or its worker is dead or stands still. False when it is held, is writing
 * its rows, or has ended. @param isAsked only where somebody has asked for a cancel already
 */
export async function cancelUnheld(jobId: string, now: Date, { isAsked = false } = {}): Promise<boolean> {
  const cancelled = await jobStore().update(
    jobId,
    { statuses: ['queued', 'processing'], phases: ['reading', 'loading'], leaseFreeAt: now, isCancelAsked: isAsked },
    {
      status: 'cancelled',
      ...(isAsked ? {} : { cancel_requested_at: now }),
      completed_at: now,
      import_hash: null,
      lease_until: null,
      lease_token: null,
    },
  );
  if (!cancelled) return false;
  await discardStage(cancelled);
  await rm(uploadPath(cancelled.input_path), { force: true });
  return true;
}
