import Parse from 'parse/node';
import { dropAllParseRoles } from '../../core/auth/parse-cache';
import { isPlatformAdmin } from '../../core/context';
import { AppError } from '../../core/errors';
import { isServerRole } from '../../core/schema/acl';
import { isPrototypeName } from '../../core/schema/prototype-name';
import type { TriggerCall, TriggerRegistry } from '../../core/triggers';

/** As the SDKs check it. */
const NAME = /^[0-9A-Za-z_ -]{1,100}$/;
/** Words that stand for somebody else in permissions. */
const RESERVED = new Set(['anonymous', 'authenticated', 'everyone', 'master', 'owner', 'public', 'system', 'user']);

/**
 * Roles of an app beside ours: signed-in people make them and change them where the ACL allows it.
 * Ours decide about everything: they change through updateUser and memberships, which check who
 * asks; their members see their rows, and not each other.
 */
export function registerRoleGuard(registry: TriggerRegistry): void {
  registry.on('_Role', 'beforeSave', guardSave);
  registry.on('_Role', 'beforeDelete', guardDelete);
  registry.on('_Role', 'beforeFind', guardRoleQuery);
  registry.on('_User', 'beforeFind', guardMemberQuery);
  registry.on('_Role', 'afterSave', dropAllParseRoles);
  registry.on('_Role', 'afterDelete', dropAllParseRoles);
}

function guardSave({ ctx, object, original, isMaster }: TriggerCall): void {
  const [before, name] = [original?.get('name') as unknown, object.get('name') as unknown];
  if (typeof before === 'string') refuseClients(before, isMaster);
  if (!isMaster && ctx.actor.kind !== 'user') throw new AppError('UNAUTHORIZED', 'Log in first.');
  if (name === before) return;
  if (typeof before === 'string' && isServerRole(before)) throw new AppError('FORBIDDEN', 'This role keeps its name.');
  assertFreeName(name);
}

function guardDelete({ object, isMaster }: TriggerCall): void {
  const name = object.get('name') as string;
  refuseClients(name, isMaster);
  if (isServerRole(name)) throw new AppError('FORBIDDEN', 'This role belongs to the server.');
}

function refuseClients(name: string, isMaster: boolean): void {
  if (isServerRole(name) && !isMaster) throw new AppError('FORBIDDEN', 'Roles are changed through the accounts.');
}

/** @throws AppError VALIDATION_ERROR, FORBIDDEN for a name that is the server's */
function assertFreeName(name: unknown): void {
  if (typeof name !== 'string' || !NAME.test(name) || name !== name.trim()) {
    throw new AppError('VALIDATION_ERROR', 'name: 1 to 100 letters, digits, blanks, hyphens and underscores.');
  }
  if (isServerRole(name) || RESERVED.has(name.toLowerCase()) || isPrototypeName(name)) {
    throw new AppError('FORBIDDEN', `A role "${name}" is the server's own.`);
  }
}

type Where = Record<string, unknown>;

/** People ask which roles they are in themselves; of whom else a role consists, `$relatedTo` says where it may. */
function guardRoleQuery({ ctx, query }: TriggerCall): void {
  const { actor } = ctx;
  if (isPlatformAdmin(actor)) return;
  for (const [key, value] of constraintsOf(query!.toJSON().where)) {
    if (key.split('.')[0] !== 'users') continue;
    const { className, objectId } = (value ?? {}) as { className?: unknown; objectId?: unknown };
    if (actor.kind === 'user' && key === 'users' && className === '_User' && objectId === actor.userId) continue;
    throw new AppError('FORBIDDEN', 'users: of others, ask role.getUsers().');
  }
}

async function guardMemberQuery({ ctx, query }: TriggerCall): Promise<void> {
  if (isPlatformAdmin(ctx.actor)) return;
  for (const [key, value] of constraintsOf(query!.toJSON().where)) {
    const { className, objectId } = (key === '$relatedTo' && (value as { object?: Where } | null)?.object) || {};
    if (className !== '_Role') continue;
    // Master key: only the name is asked, and not told.
    const role = await new Parse.Query(Parse.Role).equalTo('objectId', objectId).first({ useMasterKey: true });
    if (role && isServerRole(role.getName()!)) throw new AppError('FORBIDDEN', 'Who is in this role is not told.');
  }
}

/** Every condition on a field, however deep in $or, $and and $nor. */
function constraintsOf(where: unknown): [string, unknown][] {
  return Object.entries((where ?? {}) as Where).flatMap(([key, value]): [string, unknown][] =>
    Array.isArray(value) && /^\$(or|and|nor)$/.test(key) ? value.flatMap(constraintsOf) : [[key, value]],
  );
}
