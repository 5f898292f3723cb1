import type { Ctx } from '../../core/context';
import { AppError, toAppError } from '../../core/errors';
import { newObjectId } from '../../core/ids';
import {
  parseAuth,
  parseConfig,
  parseRest,
  type ParseAuth,
  type ParseConfig,
  type ParseRow,
} from '../../core/parse/internals';
import { isTenantOwned, productClass } from '../../core/parse/product-classes';
import type { Fields, Target } from './target';

/** Rows of the tenant, in this server's classes. */
export const hasTenant = (className: string): boolean =>
  productClass(className)?.tenant === true || isTenantOwned(className);

/**
 * This server, through Parse: permissions, guards, triggers and events of any other save. People come with their own
 * session; programs and the system write with the master key, a program within its tenant alone.
 */
export async function localTarget(ctx: Ctx): Promise<Target> {
  const { config, auth } = await openLocal(ctx);
  const find = async (className: string, id: string): Promise<ParseRow | undefined> => {
    const { results } = await translated(parseRest().find(config, auth, className, { objectId: id }, { limit: 1 }));
    const [row] = results;
    return row && isOfCaller(ctx, className, row) ? row : undefined;
  };
  return {
    peer: 'here',
    find,
    async create(className, given, fields) {
      const id = given ?? newObjectId();
      const row = { ...withTenant(ctx, className, fields), objectId: id };
      const { response } = await translated(parseRest().create(config, auth, className, row));
      return { id, updatedAt: new Date(response.updatedAt ?? response.createdAt!) };
    },
    async update(className, id, fields, base) {
      withTenant(ctx, className, fields);
      const where = { objectId: id, updatedAt: within(base) };
      const { response } = await translated(parseRest().update(config, auth, className, where, fields));
      return { id, updatedAt: new Date(response.updatedAt!) };
    },
    async remove(className, id) {
      await translated(parseRest().del(config, auth, className, id, {}));
    },
  };
}

async function openLocal(ctx: Ctx): Promise<{ config: ParseConfig; auth: ParseAuth }> {
  const config = parseConfig();
  // The source's ids are kept.
  config.allowCustomObjectId = true;
  config.headers = { 'x-request-id': ctx.requestId };
  config.ip = ctx.ip;
  const { actor } = ctx;
  if (actor.kind !== 'user') return { config, auth: parseAuth().master(config) };
  return { config, auth: await parseAuth().getAuthForSessionToken({ config, sessionToken: actor.sessionToken }) };
}

/** A program has no session that guards could look at: what they would say of its tenant is said here. */
function isOfCaller({ actor }: Ctx, className: string, row: ParseRow): boolean {
  if (actor.kind !== 'key') return true;
  return hasTenant(className) && (row['tenant'] as { objectId?: string } | undefined)?.objectId === actor.tenantId;
}

function withTenant({ actor, tenantId }: Ctx, className: string, fields: Fields): Fields {
  if (!hasTenant(className)) {
    if (actor.kind !== 'key') return fields;
    throw new AppError('FORBIDDEN', `The class ${className} has no tenant: API keys do not write there.`);
  }
  const own = productClass(className)?.serverFields?.find((name) => name in fields);
  if (actor.kind === 'key' && (own !== undefined || 'tenant' in fields || 'ACL' in fields)) {
    throw new AppError('VALIDATION_ERROR', `"${own ?? ('ACL' in fields ? 'ACL' : 'tenant')}" is set by the server.`);
  }
  if (fields['tenant'] !== undefined || tenantId === undefined) return fields;
  return { ...fields, tenant: { __type: 'Pointer', className: 'Tenant', objectId: tenantId } };
}

/** PostgreSQL may hold parts of a millisecond that no date of ours shows. */
function within(base: Date): object {
  const date = (ms: number): object => ({ __type: 'Date', iso: new Date(ms).toISOString() });
  return { $gte: date(base.getTime()), $lt: date(base.getTime() + 1) };
}

async function translated<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw toAppError(error);
  }
}
