import type Parse from 'parse/node';
import { roleStore } from '../../core/auth/role.store';
import { AppError } from '../../core/errors';
import { memberRolesOf } from '../tenants/tenants.service';
import type { UserOutput } from './accounts.fields';
import { knownRoles } from './accounts.rules';
import { findUser, tenantIdOf } from './accounts.store';

/** Accounts as clients see them, with the roles of each, by two reads for all of them. */
export async function presentUsers(users: readonly Parse.User[]): Promise<UserOutput[]> {
  const ids = users.map((user) => user.id!);
  const [roleNames, memberRoles] = await Promise.all([
    roleStore().namesOf(ids),
    memberRolesOf(users.map((user) => ({ userId: user.id!, tenantId: tenantIdOf(user) }))),
  ]);
  return users.map((user) => present(user, knownRoles(roleNames.get(user.id!) ?? [], memberRoles.get(user.id!))));
}

/** @throws AppError NOT_FOUND */
export async function presentUserById(userId: string): Promise<UserOutput> {
  const user = await findUser(userId);
  const [shown] = user ? await presentUsers([user]) : [];
  if (!shown) throw new AppError('NOT_FOUND', 'No such account.');
  return shown;
}

function present(user: Parse.User, roles: UserOutput['roles']): UserOutput {
  const text = (field: string): string | null => (user.get(field) as string | undefined) ?? null;
  return {
    id: user.id!,
    username: user.get('username') as string,
    email: text('email'),
    name: text('name'),
    company: text('company'),
    business_domain: text('business_domain'),
    country: text('country'),
    mobile_number: text('mobile_number'),
    revenue_range: text('revenue_range'),
    // Rows made before these fields existed count as plain, active accounts.
    type: (text('type') ?? 'self') as UserOutput['type'],
    status: (text('status') ?? 'active') as UserOutput['status'],
    roles,
    email_verified: user.get('emailVerified') === true,
    created_at: user.createdAt!.toISOString(),
    updated_at: user.updatedAt!.toISOString(),
  };
}
