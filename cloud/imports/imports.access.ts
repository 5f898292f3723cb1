import { hasAnyRole, isPlatformAdmin, type Ctx } from '../../core/context';
import { AppError } from '../../core/errors';
import { invalidField } from '../../core/operation/issues';
import { tenantById, tenantBySlug } from '../tenants/tenants.service';
import type { JobRow } from './job/job-row';
import { jobStore } from './job/job.store';
import { assertMayWriteClass } from './load/parse/class-rights';
import { classNameOf } from './convert/data-types';
import type { ImportOptions } from './convert/options';

const IMPORTERS = ['analyst', 'admin', 'super_admin', 'tenant:admin', 'tenant:owner'] as const;

/**
 * The tenant that an import goes into: the caller's, or the one that a platform admin names by id or slug.
 * @throws AppError NOT_FOUND also for a tenant that exists but is not the caller's
 */
export async function targetTenant(ctx: Ctx, named: string | undefined): Promise<{ id: string; timeZone: string }> {
  const wanted = named ?? ctx.tenantId;
  if (wanted === undefined)
    throw invalidField('tenant', 'missing', 'is missing: it is required without a tenant of your own');
  const tenant = (await tenantById(wanted)) ?? (await tenantBySlug(wanted));
  const mayUse = tenant && (tenant.id === ctx.tenantId || isPlatformAdmin(ctx.actor));
  if (!mayUse) throw new AppError('NOT_FOUND', 'No such tenant.');
  return { id: tenant.id, timeZone: tenant.settings.time_zone };
}

/**
 * Named data types change the tenant's figures, hence the roles; a class needs the caller's own rights on it.
 * @throws AppError FORBIDDEN
 */
export async function assertMayImport(ctx: Ctx, options: ImportOptions, tenantId: string): Promise<void> {
  const className = classNameOf(options.dataType);
  if (className !== undefined) return assertMayWriteClass(ctx, className, options, tenantId);
  if (isPlatformAdmin(ctx.actor) || hasAnyRole(ctx.actor, IMPORTERS)) return;
  throw new AppError('FORBIDDEN', `Your roles do not allow importing ${options.dataType}.`);
}

/**
 * A job that the caller may see: its owner, a platform admin, or an admin of its tenant.
 * @throws AppError NOT_FOUND otherwise, whether it exists or not
 */
export async function visibleJob(ctx: Ctx, jobId: string): Promise<JobRow> {
  const job = await jobStore().find(jobId);
  if (job && maySee(ctx, job)) return job;
  throw new AppError('NOT_FOUND', 'No such job.');
}

function maySee({ actor }: Ctx, job: JobRow): boolean {
  if (isPlatformAdmin(actor)) return true;
  if (actor.kind !== 'user') return false;
  if (job.ownerId === actor.userId) return true;
  return job.tenantId === actor.tenantId && hasAnyRole(actor, ['tenant:admin', 'tenant:owner']);
}
