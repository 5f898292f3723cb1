import Parse from 'parse/node';
import { isPlatformAdmin } from '../context';
import { AppError } from '../errors';
import type { TriggerCall } from '../triggers';

/** What holds for rows of a tenant, in our classes and in tenant-owned ones of the app. */

export function tenantIdOf(object: Parse.Object): string | undefined {
  return (object.get('tenant') as { id?: string } | undefined)?.id;
}

/** A real pointer: triggers that come after this one read its id. */
export function stampTenant(object: Parse.Object, tenantId: string): void {
  const tenant = new Parse.Object('Tenant');
  tenant.id = tenantId;
  object.set('tenant', tenant);
}

/** The caller's own; who may write for others has to say for whom. @throws AppError VALIDATION_ERROR, UNAUTHORIZED, NOT_FOUND */
export function tenantForNewRow({ ctx, object, isMaster }: TriggerCall): string {
  const named = namedTenant(object);
  const { actor } = ctx;
  if (isMaster || isPlatformAdmin(actor)) {
    const tenantId = named ?? ctx.tenantId;
    if (!tenantId)
      throw new AppError('VALIDATION_ERROR', 'tenant is missing: it is required when the master key writes.');
    return tenantId;
  }
  if (actor.kind !== 'user') throw new AppError('UNAUTHORIZED', 'Log in first.');
  if (named && named !== actor.tenantId) throw new AppError('NOT_FOUND', 'No such tenant.');
  return actor.tenantId;
}

function namedTenant(object: Parse.Object): string | undefined {
  const given = object.get('tenant') as { id?: unknown; className?: unknown } | null | undefined;
  if (given === undefined || given === null) return undefined;
  if (given.className === 'Tenant' && typeof given.id === 'string') return given.id;
  throw new AppError('VALIDATION_ERROR', 'tenant: must be a pointer to Tenant.');
}

/** The second belt: the row's ACL is the first. */
export function filterByTenant({ ctx, query }: TriggerCall): void {
  const { actor } = ctx;
  if (actor.kind !== 'user' || isPlatformAdmin(actor) || !query) return;
  query.equalTo('tenant', { __type: 'Pointer', className: 'Tenant', objectId: actor.tenantId });
}
