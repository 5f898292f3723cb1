import type { MongoDatabase } from '../database/database';
import type { RoleStore } from './role.store.types';

interface RoleDocument {
  _id: string;
  name: string;
  _rperm?: string[];
}
interface JoinDocument {
  relatedId: string;
  owningId: string;
}

const readersOf = (name: string): string[] => ['role:admin', `role:${name}`];

export function mongoRoles({ db }: MongoDatabase): RoleStore {
  const roles = db.collection<RoleDocument>('_Role');
  const members = db.collection<JoinDocument>('_Join:users:_Role');
  const idsOf = async (names: readonly string[]): Promise<string[]> =>
    (await roles.find({ name: { $in: [...names] } }, { projection: { _id: 1 } }).toArray()).map((role) => role._id);
  const join = async (collection: string, row: JoinDocument): Promise<void> => {
    await db.collection<JoinDocument>(collection).updateOne(row, { $setOnInsert: row }, { upsert: true });
  };
  return {
    async ensure(name, newId) {
      const now = new Date();
      await roles
        .updateOne(
          { name },
          {
            $setOnInsert: {
              _id: newId,
              _rperm: readersOf(name),
              _wperm: [],
              _created_at: now,
              _updated_at: now,
            } as never,
          },
          { upsert: true },
        )
        .catch((error: { code?: unknown }) => {
          // Two upserts of one name at once: the loser finds the winner's row below.
          if (error.code !== 11000) throw error;
        });
      return (await roles.findOne({ name }))!._id;
    },
    async openToMembers(isOurs) {
      const names = (await roles.find({}, { projection: { name: 1, _rperm: 1 } }).toArray())
        .filter(({ name, _rperm }) => isOurs(name) && !_rperm?.includes(`role:${name}`))
        .map(({ name }) => name);
      for (const name of names) await roles.updateOne({ name }, { $set: { _rperm: readersOf(name) } });
    },
    inherit: (parentId, childId) => join('_Join:roles:_Role', { relatedId: childId, owningId: parentId }),
    async add(userId, roleNames) {
      for (const owningId of await idsOf(roleNames)) await join('_Join:users:_Role', { relatedId: userId, owningId });
    },
    async remove(userId, roleNames) {
      await members.deleteMany({ relatedId: userId, owningId: { $in: await idsOf(roleNames) } });
    },
    async removeFromAll(userId) {
      await members.deleteMany({ relatedId: userId });
    },
    async namesOf(userIds) {
      const joins = await members.find({ relatedId: { $in: [...userIds] } }).toArray();
      const found = await roles.find({ _id: { $in: [...new Set(joins.map((row) => row.owningId))] } }).toArray();
      const nameOf = new Map(found.map((role) => [role._id, role.name]));
      const names = new Map<string, string[]>();
      for (const { relatedId, owningId } of joins) {
        const name = nameOf.get(owningId);
        if (name) names.set(relatedId, [...(names.get(relatedId) ?? []), name]);
      }
      return names;
    },
    async membersOf(roleName) {
      const joins = await members.find({ owningId: { $in: await idsOf([roleName]) } }).toArray();
      return [...new Set(joins.map((row) => row.relatedId))];
    },
    async activeMembers(roleNames) {
      const joins = await members.find({ owningId: { $in: await idsOf(roleNames) } }).toArray();
      const users = await db
        .collection<{ _id: string; status?: string }>('_User')
        .find(
          { _id: { $in: [...new Set(joins.map((row) => row.relatedId))] }, status: 'active' },
          { projection: { _id: 1 } },
        )
        .toArray();
      return users.map((user) => user._id);
    },
  };
}
