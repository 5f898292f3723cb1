import { hasAnyRole, isPlatformAdmin, type Ctx } from '../../core/context';
import { AppError } from '../../core/errors';
import type { JobRow } from './job-row';
import { jobStore } from './store/job.store';
import type { JobFilter } from './store/job.store.types';

const TENANT_ADMINS = ['tenant:admin', 'tenant:owner'] as const;

/**
 * A job that the caller may see: its owner, a platform admin, or an admin of its tenant.
 * @throws AppError NOT_FOUND otherwise, whether it exists or not
 */
export async function visibleJob(ctx: Ctx, jobId: string): Promise<JobRow> {
  const job = await jobStore().find(jobId);
  if (job && maySee(ctx, job)) return job;
  throw new AppError('NOT_FOUND', 'No such job.');
}

/** The same as a filter of lists. */
export function seenBy({ actor }: Ctx): JobFilter['seenBy'] {
  if (isPlatformAdmin(actor)) return undefined;
  if (actor.kind !== 'user') throw new AppError('UNAUTHORIZED', 'Log in first.');
  return { ownerId: actor.userId, tenantId: hasAnyRole(actor, TENANT_ADMINS) ? actor.tenantId : undefined };
}

function maySee(ctx: Ctx, job: JobRow): boolean {
  if (isPlatformAdmin(ctx.actor)) return true;
  if (ctx.actor.kind !== 'user') return false;
  const { ownerId, tenantId } = seenBy(ctx)!;
  return job.ownerId === ownerId || job.tenantId === tenantId;
}
