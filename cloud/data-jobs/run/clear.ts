import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { log } from '../../../core/log';
import { uploadPath } from '../../../core/upload';
import { findKind } from '../kinds';
import { ENDED, JOB_STATUSES, type JobRow } from '../job-row';
import { jobStore } from '../store/job.store';
import { LEASE_MS } from './lease';
import { offerSoon } from './offer';

/**
 * Removes what a job that has ended needs no more, and then gives the lease back: the caller holds it, so that a retry
 * begins only when this is done, and loses nothing of its own to it.
 */
export async function clearEnded(job: JobRow, leaseToken: string): Promise<void> {
  await findKind(job.kind)?.discard?.(job);
  // Failed and cancelled jobs may be asked for again: their input goes when it expires.
  if (job.status === 'completed' && job.input_path) await rm(uploadPath(job.input_path), { force: true });
  const free = await jobStore().update(
    job.job_id,
    { statuses: JOB_STATUSES, leaseToken },
    { lease_until: null, lease_token: null },
  );
  // Somebody retried it meanwhile; the worker that came found the lease taken.
  if (free?.status === 'queued') await offerSoon({ log: log() }, free);
}

/** The same for a job whose process died in between; nothing when it lives, or somebody else is at it. */
export async function clearLeft(jobId: string): Promise<void> {
  const token = randomUUID();
  const now = new Date();
  const held = await jobStore().update(
    jobId,
    { statuses: ENDED, leaseFreeAt: now },
    { lease_token: token, lease_until: new Date(now.getTime() + LEASE_MS) },
  );
  if (held) await clearEnded(held, token);
}
