import { isDeepStrictEqual } from 'node:util';
import Parse from 'parse/node';
import { z } from 'zod';
import { roleStore } from '../../core/auth/role.store';
import { sessionStore } from '../../core/auth/session.store';
import { isPlatformAdmin, type Ctx } from '../../core/context';
import { AppError } from '../../core/errors';
import { validateInput } from '../../core/operation/input';
import type { TriggerCall } from '../../core/triggers';
import { USER_STATUSES, USER_TYPES, emailField, profileFields, usernameField } from './accounts.fields';
import { assertMayManage, isSelf } from './accounts.rules';
import { userClass } from './accounts.schema';
import { hasPassword } from './credentials.store';

const PROFILE = new Set(Object.keys(profileFields));
/** Ours beyond the profile, and what clients take for a part of an account that is kept elsewhere. */
const GUARDED = new Set([
  ...Object.keys(userClass.fields).filter((name) => !PROFILE.has(name)),
  ...['emailVerified', 'roles'],
]);
const ADMIN_FIELDS = new Set(['type', 'status']);
/** What logs in: with a stolen session alone nobody takes the account over. */
const LOGIN_FIELDS = ['email', 'username', 'password', 'authData'] as const;
/** For how long after a log-in a session may change these, milliseconds. */
const RECENT_MS = 10 * 60_000;

const values = z.object({
  ...Object.fromEntries(Object.entries(profileFields).map(([name, field]) => [name, field.nullable()])),
  email: emailField.nullable().optional(),
  username: usernameField.optional(),
  type: z.enum(USER_TYPES).optional(),
  status: z.enum(USER_STATUSES).optional(),
});

/**
 * Clients that write `_User` without our operations: a sign-up gives a plain account, people write
 * their profile and the app's own fields, administrators status and type as well. Roles, tenant
 * and everything the server keeps are refused. The ACL: account-acl.
 * @throws AppError FORBIDDEN
 */
export async function assertMaySave({ ctx, object, original }: TriggerCall): Promise<void> {
  const { actor } = ctx;
  const isAdmin = isPlatformAdmin(actor);
  for (const field of changedFields(object, original)) {
    if (!isGuarded(field) || (isAdmin && ADMIN_FIELDS.has(field))) continue;
    // The value that a new account gets anyway is no attempt at anything.
    if (!original && isDefault(field, object.get(field))) continue;
    throw new AppError('FORBIDDEN', `"${field}" of an account is not yours to set.`);
  }
  if (!original) return;
  if (actor.kind === 'anonymous') throw new AppError('UNAUTHORIZED', 'Log in first.');
  if (isSelf(actor, object.id!)) await assertRecentLogin(ctx, object, original);
  else assertMayManage(actor, { id: object.id!, roleNames: await roleNamesOf(object.id!) });
}

/**
 * Parse asks for no password where the ways to log in change. Here the session has to come from a
 * log-in a short while ago; an account without a password (anonymous, of a provider) has nothing
 * to ask for.
 */
async function assertRecentLogin({ actor, clock }: Ctx, object: Parse.Object, original: Parse.Object): Promise<void> {
  const changed = LOGIN_FIELDS.filter(
    (name) => object.dirty(name) && !isDeepStrictEqual(object.get(name), original.get(name)),
  );
  if (!changed.length || actor.kind !== 'user') return;
  const provided = (name: 'authData', from: Parse.Object) => (from.get(name) ?? {}) as Record<string, unknown>;
  if (provided('authData', object).anonymous && !provided('authData', original).anonymous) {
    throw new AppError('FORBIDDEN', 'authData: an account does not become anonymous.');
  }
  if (!(await hasPassword(object.id!))) return;
  const loggedInAt = await sessionStore().loggedInAt(actor.sessionId);
  if (loggedInAt && clock.now().getTime() - loggedInAt.getTime() < RECENT_MS) return;
  throw new AppError(
    'FORBIDDEN',
    `To change ${changed.join(', ')} log in again, or call updateUser with current_password.`,
  );
}

/** @throws AppError FORBIDDEN */
export async function assertMayDelete({ ctx, object }: TriggerCall): Promise<void> {
  assertMayManage(ctx.actor, { id: object.id!, roleNames: await roleNamesOf(object.id!) });
}

/** The same limits as in the contracts, for values that did not pass one. @throws AppError VALIDATION_ERROR */
export function assertFieldValues(object: Parse.Object, original: Parse.Object | undefined): void {
  const given = changedFields(object, original).filter(
    (field) => field in values.shape && object.get(field) !== undefined,
  );
  const { email, ...others } = Object.fromEntries(given.map((field) => [field, object.get(field) as unknown]));
  validateInput(values, others);
  try {
    validateInput(values, { email });
  } catch (error) {
    const { code, message, details } = error as AppError;
    throw new AppError(code, message, { details, cause: error, parseCode: Parse.Error.INVALID_EMAIL_ADDRESS });
  }
}

function changedFields(object: Parse.Object, original: Parse.Object | undefined): string[] {
  return original ? object.dirtyKeys() : Object.keys(object.attributes);
}

/** Names with an underscore are the server's own. */
function isGuarded(field: string): boolean {
  return GUARDED.has(field) || field.startsWith('_');
}

function isDefault(field: string, value: unknown): boolean {
  return (field === 'type' && value === 'self') || (field === 'status' && value === 'active');
}

async function roleNamesOf(userId: string): Promise<string[]> {
  return (await roleStore().namesOf([userId])).get(userId) ?? [];
}
