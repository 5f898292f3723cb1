import type Parse from 'parse/node';
import { z } from 'zod';
import { roleStore } from '../../core/auth/role.store';
import { isPlatformAdmin } from '../../core/context';
import { AppError } from '../../core/errors';
import { validateInput } from '../../core/operation/input';
import type { TriggerCall } from '../../core/triggers';
import { USER_STATUSES, USER_TYPES, emailField, profileFields, usernameField } from './accounts.fields';
import { assertMayManage, isSelf } from './accounts.rules';

const PROFILE = Object.keys(profileFields);
/** What a person may write in the own account. authData is checked by Parse with its provider. */
const OWN_FIELDS = new Set([...PROFILE, 'email', 'username', 'password', 'authData']);
const ADMIN_FIELDS = new Set([...OWN_FIELDS, 'type', 'status']);
/** Clients send these along with what they read; they change nothing. */
const HARMLESS_FIELDS = new Set(['objectId', 'createdAt', 'updatedAt', 'className', 'sessionToken']);

const values = z.object({
  ...Object.fromEntries(Object.entries(profileFields).map(([name, field]) => [name, field.nullable()])),
  email: emailField.nullable().optional(),
  username: usernameField.optional(),
  type: z.enum(USER_TYPES).optional(),
  status: z.enum(USER_STATUSES).optional(),
});

/**
 * Clients that write `_User` without our operations: a sign-up gives a plain account, people write
 * their own profile, administrators status and type as well. Roles, tenant, ACL and everything
 * the server keeps are refused.
 * @throws AppError FORBIDDEN
 */
export async function assertMaySave({ ctx, object, original }: TriggerCall): Promise<void> {
  const { actor } = ctx;
  const isAdmin = isPlatformAdmin(actor);
  const changed = original ? object.dirtyKeys() : Object.keys(object.attributes);
  const allowed = isAdmin ? ADMIN_FIELDS : OWN_FIELDS;
  for (const field of changed) {
    if (allowed.has(field) || HARMLESS_FIELDS.has(field)) continue;
    // The value that a new account gets anyway is no attempt at anything.
    if (!original && isDefault(field, object.get(field))) continue;
    throw new AppError('FORBIDDEN', `"${field}" of an account is not yours to set.`);
  }
  if (!original) return;
  if (actor.kind === 'anonymous') throw new AppError('UNAUTHORIZED', 'Log in first.');
  if (isSelf(actor, object.id!)) return;
  assertMayManage(actor, { id: object.id!, roleNames: await roleNamesOf(object.id!) });
}

/** @throws AppError FORBIDDEN */
export async function assertMayDelete({ ctx, object }: TriggerCall): Promise<void> {
  assertMayManage(ctx.actor, { id: object.id!, roleNames: await roleNamesOf(object.id!) });
}

/** The same limits as in the contracts, for values that did not pass one. @throws AppError VALIDATION_ERROR */
export function assertFieldValues(object: Parse.Object, original: Parse.Object | undefined): void {
  const changed = original ? object.dirtyKeys() : Object.keys(object.attributes);
  const given = changed.filter((field) => field in values.shape && object.get(field) !== undefined);
  validateInput(values, Object.fromEntries(given.map((field) => [field, object.get(field) as unknown])));
}

function isDefault(field: string, value: unknown): boolean {
  return (field === 'type' && value === 'self') || (field === 'status' && value === 'active');
}

async function roleNamesOf(userId: string): Promise<string[]> {
  return (await roleStore().namesOf([userId])).get(userId) ?? [];
}
