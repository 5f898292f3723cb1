import { createHmac } from 'node:crypto';
import { config } from '../core/config';
import { database } from '../core/database/database';
import { PRIVILEGED_ROLES } from '../core/roles';
import { derivedKey } from '../core/secrets';

/** One entry of the `users` that Parse Dashboard reads at each login. */
export interface DashboardUser {
  user: string;
  /** What the dashboard compares; the gate before it puts it into the form of who knows the password. Another with each password. */
  pass: string;
  /** As Parse Server compares it; the password itself is nowhere. */
  hash: string;
}

interface Admin {
  email: string;
  hash: string;
}

/**
 * Active platform admins and their password hashes. Raw, because Parse gives a hash to nobody, the
 * master key included.
 */
export async function findDashboardAdmins(): Promise<DashboardUser[]> {
  const key = derivedKey(config().jwtSecret, 'dashboard-password');
  return (await findAdmins()).map(({ email, hash }) => ({
    user: email,
    pass: createHmac('sha256', key).update(hash).digest('base64url'),
    hash,
  }));
}

async function findAdmins(): Promise<Admin[]> {
  const db = database();
  if (db.kind === 'postgres') {
    const { rows } = await db.pool.query<Admin>(
      `select distinct u.email, u._hashed_password as hash
       from "_User" u join "_Join:users:_Role" j on j."relatedId" = u."objectId" join "_Role" r on r."objectId" = j."owningId"
       where r.name = any($1) and u.status = 'active' and u.email is not null and u._hashed_password is not null
       order by 1`,
      [PRIVILEGED_ROLES],
    );
    return rows;
  }
  const roles = await db.db
    .collection<{ _id: string; name: string }>('_Role')
    .find({ name: { $in: PRIVILEGED_ROLES } }, { projection: { _id: 1 } })
    .toArray();
  const members = await db.db
    .collection<{ relatedId: string; owningId: string }>('_Join:users:_Role')
    .find({ owningId: { $in: roles.map((role) => role._id) } })
    .toArray();
  const users = await db.db
    .collection<{ _id: string; email: string; _hashed_password: string }>('_User')
    .find(
      {
        _id: { $in: members.map((member) => member.relatedId) },
        status: 'active',
        email: { $type: 'string' },
        _hashed_password: { $type: 'string' },
      },
      { projection: { email: 1, _hashed_password: 1 }, sort: { email: 1 } },
    )
    .toArray();
  return users.map((user) => ({ email: user.email, hash: user._hashed_password }));
}
