import type { Ctx } from '../../../../core/context';
import { AppError } from '../../../../core/errors';
import { isPlatformAdmin } from '../../../../core/context';
import type { ImportOptions } from '../../convert/options';
import { classFields } from './class-fields';
import { parseAuth, parseConfig } from '../../../../core/parse/internals';

const OPERATIONS = { insert: ['create'], update: ['find', 'update'], upsert: ['find', 'create', 'update'] } as const;

/**
 * Refuses early what every single save would refuse: the class permissions do not allow the caller's writes. Rights on
 * single rows (ACL) and the triggers' rules show when the rows are saved, as the caller.
 * @throws AppError NOT_FOUND for an unknown class, FORBIDDEN
 */
export async function assertMayWriteClass(
  ctx: Ctx,
  className: string,
  options: ImportOptions,
  tenantId: string,
): Promise<void> {
  const { actor } = ctx;
  await classFields(options);
  if (actor.kind === 'system' || actor.kind === 'master') return;
  if (actor.kind !== 'user') throw new AppError('UNAUTHORIZED', 'Log in first.');
  if (tenantId !== actor.tenantId && !isPlatformAdmin(actor)) throw new AppError('NOT_FOUND', 'No such tenant.');
  const config = parseConfig();
  const auth = await parseAuth().getAuthForSessionToken({ config, sessionToken: actor.sessionToken });
  const group = ['*', actor.userId, ...(await auth.getUserRoles())];
  const schema = await config.database.loadSchema();
  for (const operation of OPERATIONS[options.mode]) await schema.validatePermission(className, group, operation);
}
