import type { PostgresDatabase } from '../database/database';
import type { RoleStore } from './role.store.types';

export function postgresRoles({ pool }: PostgresDatabase): RoleStore {
  return {
    async ensure(name, newId) {
      await pool.query(
        `insert into "_Role" ("objectId", "createdAt", "updatedAt", name, _rperm, _wperm)
         values ($1, now(), now(), $2, array['role:admin', 'role:' || $2], '{}') on conflict (name) do nothing`,
        [newId, name],
      );
      const { rows } = await pool.query<{ objectId: string }>('select "objectId" from "_Role" where name = $1', [name]);
      return rows[0]!.objectId;
    },
    async openToMembers(isOurs) {
      const { rows } = await pool.query<{ name: string }>(
        `select name from "_Role" where not coalesce(_rperm, '{}') @> array['role:' || name]`,
      );
      await pool.query(`update "_Role" set _rperm = array['role:admin', 'role:' || name] where name = any($1)`, [
        rows.map(({ name }) => name).filter(isOurs),
      ]);
    },
    async inherit(parentId, childId) {
      await pool.query(
        'insert into "_Join:roles:_Role" ("relatedId", "owningId") values ($1, $2) on conflict do nothing',
        [childId, parentId],
      );
    },
    async add(userId, roleNames) {
      await pool.query(
        `insert into "_Join:users:_Role" ("relatedId", "owningId")
         select $1, "objectId" from "_Role" where name = any($2) on conflict do nothing`,
        [userId, roleNames],
      );
    },
    async remove(userId, roleNames) {
      await pool.query(
        `delete from "_Join:users:_Role" where "relatedId" = $1
         and "owningId" in (select "objectId" from "_Role" where name = any($2))`,
        [userId, roleNames],
      );
    },
    async removeFromAll(userId) {
      await pool.query('delete from "_Join:users:_Role" where "relatedId" = $1', [userId]);
    },
    async namesOf(userIds) {
      const { rows } = await pool.query<{ userId: string; name: string }>(
        `select j."relatedId" as "userId", r.name from "_Join:users:_Role" j
         join "_Role" r on r."objectId" = j."owningId" where j."relatedId" = any($1)`,
        [userIds],
      );
      const names = new Map<string, string[]>();
      for (const { userId, name } of rows) names.set(userId, [...(names.get(userId) ?? []), name]);
      return names;
    },
    async membersOf(roleName) {
      const { rows } = await pool.query<{ userId: string }>(
        `select j."relatedId" as "userId" from "_Join:users:_Role" j
         join "_Role" r on r."objectId" = j."owningId" where r.name = $1`,
        [roleName],
      );
      return rows.map((row) => row.userId);
    },
    async activeMembers(roleNames) {
      const { rows } = await pool.query<{ userId: string }>(
        `select distinct u."objectId" as "userId" from "_Join:users:_Role" j
         join "_Role" r on r."objectId" = j."owningId" join "_User" u on u."objectId" = j."relatedId"
         where r.name = any($1) and u.status = 'active'`,
        [roleNames],
      );
      return rows.map((row) => row.userId);
    },
  };
}
