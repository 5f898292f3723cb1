import type { Ctx } from '../../core/context';
import { AppError } from '../../core/errors';
import { validateInput } from '../../core/operation/input';
import { invalidField } from '../../core/operation/issues';
import type { UserOutput } from './accounts.fields';
import { findUserBy } from './accounts.store';
import { presentUserById } from './user.presenter';
import { createUserContract, getUserContract, updateUserContract } from './users.contract';
import { createUser, deleteUser, getUser, updateUser } from './users.service';

/**
 * The four operations on accounts for programs that name people otherwise: by `objectId`, else by `username` or `email`.
 * What may be sent, and who may do what, is as of the routes below /users.
 * @throws AppError VALIDATION_ERROR, FORBIDDEN, NOT_FOUND, CONFLICT
 */
export async function manageAccount(
  ctx: Ctx,
  action: 'create' | 'read' | 'update' | 'delete',
  data: Readonly<Record<string, unknown>>,
): Promise<UserOutput> {
  if (action === 'create') return createUser(ctx, validateInput(createUserContract.input, data));
  const { objectId, ...fields } = data;
  const id = typeof objectId === 'string' ? objectId : await idByName(fields);
  if (action === 'update') {
    return updateUser(ctx, validateInput(updateUserContract.input, { ...fields, user_id: id }));
  }
  const { user_id: userId } = validateInput(getUserContract.input, { user_id: id });
  if (action === 'delete') await deleteUser(ctx, userId);
  return action === 'delete' ? presentUserById(userId) : getUser(ctx, userId);
}

async function idByName(fields: Readonly<Record<string, unknown>>): Promise<string> {
  const field = (['username', 'email'] as const).find((name) => typeof fields[name] === 'string');
  if (!field) throw invalidField('user_data.objectId', 'missing', 'is missing');
  const user = await findUserBy(field, (fields[field] as string).trim());
  if (!user) throw new AppError('NOT_FOUND', 'No such account.');
  return user.id!;
}
