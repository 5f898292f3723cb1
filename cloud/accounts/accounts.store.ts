import Parse from 'parse/node';
import { nameKey } from '../../core/auth/names';
import { AppError, toAppError } from '../../core/errors';

/**
 * People through the SDK, so that triggers and Parse's own rules run. The services have checked
 * the caller before; sign-in and registration have no caller yet: hence the master key.
 */
const asServer = { useMasterKey: true } as const;

export interface UserFilter {
  q?: string | undefined;
  status?: string | undefined;
  type?: string | undefined;
  /** Parse field name. */
  sortBy: string;
  isDescending: boolean;
  skip: number;
  limit: number;
}

export async function findUser(userId: string): Promise<Parse.User | undefined> {
  return new Parse.Query(Parse.User).equalTo('objectId', userId).first(asServer);
}

export async function findUserByEmail(email: string): Promise<Parse.User | undefined> {
  return new Parse.Query(Parse.User).equalTo('email', email).first(asServer);
}

/** In the form in which accounts keep it (`nameKey` for emails). */
export async function findUserBy(field: 'username' | 'email', value: string): Promise<Parse.User | undefined> {
  const user = await new Parse.Query(Parse.User).equalTo(field, value).first(asServer);
  return user ?? (value === nameKey(value) ? undefined : findUserBy(field, nameKey(value)));
}

/** @throws AppError CONFLICT when email or username are taken, VALIDATION_ERROR from the triggers */
export async function insertUser(
  fields: Record<string, unknown>,
  { tenantId, createdBy }: { tenantId?: string | undefined; createdBy?: string | undefined } = {},
): Promise<string> {
  const user = new Parse.User();
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) user.set(name, value);
  if (tenantId) setTenant(user, tenantId);
  if (createdBy) user.set('created_by', Parse.User.createWithoutData(createdBy));
  await translated(user.save(null, asServer));
  return user.id!;
}

/** null clears a field. @throws AppError as the triggers say */
export async function patchUser(userId: string, fields: Record<string, unknown>): Promise<void> {
  const user = Parse.User.createWithoutData(userId);
  for (const [name, value] of Object.entries(fields)) {
    if (value === null) user.unset(name);
    else if (value !== undefined) user.set(name, value);
  }
  if (user.dirtyKeys().length) await translated(user.save(null, asServer));
}

export async function destroyUser(userId: string): Promise<void> {
  await translated(Parse.User.createWithoutData(userId).destroy(asServer));
}

export async function queryUsers(filter: UserFilter): Promise<{ users: Parse.User[]; total: number }> {
  const query = filter.q ? searchQuery(filter.q) : new Parse.Query(Parse.User);
  if (filter.status) query.equalTo('status', filter.status);
  if (filter.type) query.equalTo('type', filter.type);
  if (filter.isDescending) query.descending(filter.sortBy);
  else query.ascending(filter.sortBy);
  // A second key keeps pages apart where the first has ties.
  query.addAscending('objectId').skip(filter.skip).limit(filter.limit);
  const [users, total] = await Promise.all([query.find(asServer), query.count(asServer)]);
  return { users, total };
}

/** People whose accounts were closed before. */
export async function closedBefore(date: Date, limit: number): Promise<string[]> {
  const users = await new Parse.Query(Parse.User)
    .equalTo('status', 'deleted')
    .lessThan('deleted_at', date)
    .ascending('deleted_at')
    .limit(limit)
    .find(asServer);
  return users.map((user) => user.id!);
}

/**
 * Parse's own login: lockout, beforeLogin and afterLogin triggers, a session.
 * @throws Parse.Error 101 for a wrong name or password and for a locked account
 */
export async function logIn(name: string, password: string): Promise<{ userId: string; sessionToken: string }> {
  const user = await Parse.User.logIn(name, password);
  return { userId: user.id!, sessionToken: user.getSessionToken()! };
}

export const tenantIdOf = (user: Parse.Object): string | undefined =>
  (user.get('tenant') as { id?: string } | undefined)?.id;

/** A real pointer and not its JSON, so that later triggers can read it. */
export function setTenant(user: Parse.Object, tenantId: string): void {
  const tenant = new Parse.Object('Tenant');
  tenant.id = tenantId;
  user.set('tenant', tenant);
}

function searchQuery(text: string): Parse.Query<Parse.User> {
  const pattern = new RegExp(text.trim().replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&'), 'i');
  const fields = ['email', 'username', 'name', 'company'];
  return Parse.Query.or(...fields.map((field) => new Parse.Query(Parse.User).matches(field, pattern, 'i')));
}

async function translated<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const known = toAppError(error);
    // Parse says which of the two is taken; strangers learn only that one is.
    const isParses = known.cause === error && !String((error as Error).message).startsWith('{');
    if (known.code === 'CONFLICT' && isParses) {
      throw new AppError('CONFLICT', 'The email or username is taken.', { cause: error });
    }
    throw known;
  }
}
