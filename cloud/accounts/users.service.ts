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
import { hasPassword, isPasswordOf, writePassword } from './credentials.store';
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
  const createdBy = ctx.actor.kind === 'user' ? ctx.actor.userId : undefined;
  const id = await insertUser({ ...account, email, username, type, status }, { tenantId: tenant, createdBy });
  if (roles.length) await applyRoles(ctx, id, roles);
  return presentUserById(id);
}

/** Staff reads whom it made; that there are others it is not told. @throws AppError NOT_FOUND */
export async function getUser(ctx: Ctx, userId: string): Promise<UserOutput> {
  const { actor } = ctx;
  const id = idFor(ctx, userId);
  if (!isSelf(actor, id) && !isPlatformAdmin(actor)) {
    const maker = (await findUser(id))?.get('created_by') as { id?: string } | undefined;
    if (!maker?.id || !isSelf(actor, maker.id)) throw new AppError('NOT_FOUND', 'No such account.');
  }
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
  const names = loginNames(user, fields);
  if (password !== undefined) assertPasswordFits(password, user.get('username') as string);
  const isOther = Object.entries(names).some(([name, value]) => user.get(name) !== value);
  if (password !== undefined || isOther) await assertKnowsPassword(ctx, id, currentPassword);
  if (roles) await applyRoles(ctx, id, roles);
  try {
    await patchUser(id, { ...fields, ...names });
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

/** People who change how they log in say the password that they have; an account without one has nothing to say. */
async function assertKnowsPassword(ctx: Ctx, userId: string, currentPassword: string | undefined): Promise<void> {
  if (!isSelf(ctx.actor, userId) || !(await hasPassword(userId))) return;
  if (currentPassword === undefined) throw new AppError('VALIDATION_ERROR', 'current_password: required.');
  // A stolen session must not become a place to guess passwords.
  await chargeAccount(ctx.ip, userId);
  if (!(await isPasswordOf(userId, currentPassword))) {
    throw new AppError('INVALID_CREDENTIALS', 'The current password is wrong.');
  }
  await forgiveAccount(ctx.ip, userId);
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
