import { database } from '../database/database';
import { newObjectId } from '../ids';
import { dropParseRoles } from './parse-cache';
import { mongoRoles } from './role.store.mongo';
import { postgresRoles } from './role.store.postgres';
import { dropCachedUser } from './session';
import type { RoleStore } from './role.store.types';

export function roleStore(): RoleStore {
  const db = database();
  return db.kind === 'postgres' ? postgresRoles(db) : mongoRoles(db);
}

/** Makes the role unless it exists; returns its id. Safe in several processes at once. */
export function ensureRole(name: string): Promise<string> {
  return roleStore().ensure(name, newObjectId());
}

/** Everybody in `child` is in `parent` too, as `super_admin` in `admin`. */
export async function ensureInheritance(parent: string, child: string): Promise<void> {
  await roleStore().inherit(await ensureRole(parent), await ensureRole(child));
}

/** Puts a person into roles and takes him out of others, at once on every door of this process. */
export async function changeMembership(
  userId: string,
  change: { add?: readonly string[]; remove?: readonly string[] },
): Promise<void> {
  if (change.add?.length) await roleStore().add(userId, change.add);
  if (change.remove?.length) await roleStore().remove(userId, change.remove);
  await announce(userId);
}

/** For people who are gone. */
export async function leaveAllRoles(userId: string): Promise<void> {
  await roleStore().removeFromAll(userId);
  await announce(userId);
}

async function announce(userId: string): Promise<void> {
  dropCachedUser(userId);
  await dropParseRoles(userId);
}
