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
