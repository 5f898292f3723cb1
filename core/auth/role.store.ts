import { database } from '../database/database';
import { newObjectId } from '../ids';
import { dropParseRoles } from './parse-cache';
import { mongoRoles } from './role.store.mongo';
import { postgresRoles } from './role.store.postgres';
import { dropCachedUser } from './session';

/**
 * Parse roles and who is in them. Writes beside the SDK, because every `_Role` save of Parse
 * Server 9.10 empties its whole Redis database, the counters of the limits included.
 * Not its job: who may grant what.
 */
export interface RoleStore {
  /** Makes the role unless it exists; its id. Its members may read its row, nobody but the server changes it. */
  ensure(name: string, newId: string): Promise<string>;
  /** For rows that were made before members might read them. */
  openToMembers(isOurs: (name: string) => boolean): Promise<void>;
  /** Members of `child` count as members of `parent`. */
  inherit(parentId: string, childId: string): Promise<void>;
  /** Several roles may be named; those that do not exist are skipped. */
  add(userId: string, roleNames: readonly string[]): Promise<void>;
  remove(userId: string, roleNames: readonly string[]): Promise<void>;
  removeFromAll(userId: string): Promise<void>;
  /** Names of the roles that hold each user directly. */
  namesOf(userIds: readonly string[]): Promise<Map<string, string[]>>;
  /** Everybody who is in the role directly. */
  membersOf(roleName: string): Promise<string[]>;
  /** Active people in any of the roles. */
  activeMembers(roleNames: readonly string[]): Promise<string[]>;
}

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
