import type Parse from 'parse/node';
import type { z } from 'zod';
import { isPlatformAdmin, type Ctx } from '../../core/context';
import { AppError } from '../../core/errors';
import { offsetOf, pageOf } from '../../core/operation/paging';
import { chargeAccount, forgiveAccount } from '../../core/limits';
import { tenantById } from '../tenants/tenants.service';
import { endAccess } from './access.service';
import type { UserOutput } from './accounts.fields';
import {
  assertMayGrant,
  assertMayManage,
  assertPasswordFits,
  isSelf,
  isSuperAdmin,
  normaliseEmail,
  normaliseUsername,
  splitRoles,
} from './accounts.rules';
import { findUser, insertUser, patchUser, queryUsers } from './accounts.store';
import { isPasswordOf, writePassword } from './credentials.store';
import { applyRoles } from './roles.service';
import { presentUserById, presentUsers } from './user.presenter';
import type { createUserContract, listUsersContract, updateUserContract } from './users.contract';

const SORT_FIELDS: Record<string, string> = { created_at: 'createdAt', updated_at: 'updatedAt' };

type ListInput = z.output<typeof listUsersContract.input>;
type CreateInput = z.output<typeof createUserContract.input>;
type UpdateInput = z.output<typeof updateUserContract.input>;

export async function listUsers(ctx: Ctx, input: ListInput): Promise<z.input<typeof listUsersContract.output>> {
  assertAdmin(ctx);
  const { sort } = input;
  const name = sort.replace(/^-/, '');
  const { users, total } = await queryUsers({
    q: input.q?.trim(),
    status: input.status,
    type: input.type,
    sortBy: SORT_FIELDS[name] ?? name,
    isDescending: input.order ? input.order === 'desc' : sort.startsWith('-'),
    skip: offsetOf(input),
    limit: input.limit,
  });
  return { users: await presentUsers(users), ...pageOf(input, total) };
}

/** @throws AppError FORBIDDEN when staff sets what is an administrator's, CONFLICT */
export async function createUser(ctx: Ctx, input: CreateInput): Promise<UserOutput> {
  const { roles = [], tenant, type, status, ...account } = input;
  const isPlain =
    !roles.length && tenant === undefined && (type ?? 'self') === 'self' && (status ?? 'active') === 'active';
  if (!isPlain) assertAdmin(ctx);
  assertMayGrant(ctx.actor, [], roles);
  splitRoles(roles);
  if (tenant && !(await tenantById(tenant))) throw new AppError('VALIDATION_ERROR', 'tenant: no such tenant.');
  const email = normaliseEmail(account.email);
  const username = normaliseUsername(account.username ?? email, email);
  const id = await insertUser({ ...account, email, username, type, status }, tenant);
  if (roles.length) await applyRoles(ctx, id, roles);
  return presentUserById(id);
}

/** @throws AppError NOT_FOUND for a closed account, unless an administrator asks */
export async function getUser(ctx: Ctx, userId: string): Promise<UserOutput> {
  const id = idFor(ctx, userId);
  if (!isSelf(ctx.actor, id)) assertAdmin(ctx);
  return presentUserById(id);
}

/** @throws AppError FORBIDDEN, NOT_FOUND, CONFLICT, INVALID_CREDENTIALS for a wrong current password */
export async function updateUser(ctx: Ctx, input: UpdateInput): Promise<UserOutput> {
  const id = idFor(ctx, input.user_id);
  const user = await targetOf(ctx, id);
  const { user_id: _id, password, current_password: currentPassword, roles, ...fields } = input;
  const { roles: before } = await presentUserById(id);
  if (!isPlatformAdmin(ctx.actor)) {
    if (roles ?? fields.status ?? fields.type) {
      throw new AppError('FORBIDDEN', 'Only administrators change status, type and roles.');
    }
  }
  if (roles) {
    assertMayGrant(ctx.actor, before, roles);
    splitRoles(roles);
  }
  if (password !== undefined) await assertMaySetPassword(ctx, user, { password, currentPassword });
  if (roles) await applyRoles(ctx, id, roles);
  try {
    await patchUser(id, { ...fields, ...loginNames(user, fields) });
  } catch (error) {
    // A refused change leaves nothing of it.
    if (roles) await applyRoles(ctx, id, before);
    throw error;
  }
  if (password !== undefined) await changePassword(ctx, id, password);
  return presentUserById(id);
}

/** Closes the account: its sessions end at once, its data is erased after the retention time. */
export async function deleteUser(ctx: Ctx, userId: string): Promise<void> {
  const id = idFor(ctx, userId);
  const user = await targetOf(ctx, id);
  if (user.get('status') === 'deleted') return;
  await patchUser(id, { status: 'deleted' });
}

/** `me` is the caller. */
export function idFor(ctx: Ctx, userId: string): string {
  return userId === 'me' && ctx.actor.kind === 'user' ? ctx.actor.userId : userId;
}

/** The account, for a caller who may change it. @throws AppError NOT_FOUND, FORBIDDEN */
export async function targetOf(ctx: Ctx, userId: string): Promise<Parse.User> {
  if (!isSelf(ctx.actor, userId)) assertAdmin(ctx);
  const user = await findUser(userId);
  if (!user) throw new AppError('NOT_FOUND', 'No such account.');
  if (!isSelf(ctx.actor, userId) && !isSuperAdmin(ctx.actor)) {
    const { roles } = await presentUserById(userId);
    assertMayManage(ctx.actor, { id: userId, roleNames: roles });
  }
  return user;
}

async function assertMaySetPassword(
  ctx: Ctx,
  user: Parse.User,
  given: { password: string; currentPassword: string | undefined },
): Promise<void> {
  assertPasswordFits(given.password, user.get('username') as string);
  if (!isSelf(ctx.actor, user.id!)) return;
  if (given.currentPassword === undefined) throw new AppError('VALIDATION_ERROR', 'current_password: required.');
  // A stolen session must not become a place to guess passwords.
  await chargeAccount(ctx.ip, user.id!);
  if (!(await isPasswordOf(user.id!, given.currentPassword))) {
    throw new AppError('INVALID_CREDENTIALS', 'The current password is wrong.');
  }
  await forgiveAccount(ctx.ip, user.id!);
}

async function changePassword(ctx: Ctx, userId: string, password: string): Promise<void> {
  const now = ctx.clock.now();
  await writePassword(userId, password, now);
  const own = ctx.actor.kind === 'user' && ctx.actor.userId === userId ? ctx.actor.sessionId : undefined;
  await endAccess(userId, now, own);
}

/** A username that was the email follows it. */
function loginNames(
  user: Parse.User,
  fields: { email?: string | undefined; username?: string | undefined },
): Record<string, string> {
  const oldEmail = user.get('email') as string | undefined;
  const email = fields.email === undefined ? oldEmail : normaliseEmail(fields.email);
  const names: Record<string, string> = {};
  if (fields.email !== undefined && email) names.email = email;
  const follows = oldEmail !== undefined && user.get('username') === oldEmail && email !== oldEmail;
  if (fields.username !== undefined) names.username = normaliseUsername(fields.username, email);
  else if (follows && email) names.username = email;
  return names;
}

function assertAdmin(ctx: Ctx): void {
  if (!isPlatformAdmin(ctx.actor)) throw new AppError('FORBIDDEN', 'Only administrators may do this.');
}
