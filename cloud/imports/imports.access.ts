import { hasAnyRole, isPlatformAdmin, type Ctx } from '../../core/context';
import { AppError } from '../../core/errors';
import { invalidField } from '../../core/operation/issues';
import { tenantById, tenantBySlug } from '../tenants/tenants.service';
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
