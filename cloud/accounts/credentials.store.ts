import AccountLockout from 'parse-server/lib/AccountLockout';
import { get as parseConfig } from 'parse-server/lib/Config';
import passwords from 'parse-server/lib/password';
import { accountNamed } from '../../core/auth/login-names';
import { isCheaper } from '../../core/auth/bcrypt';
import { isCut } from '../../core/auth/password';
import { config } from '../../core/config';
import { database } from '../../core/database/database';

interface UserDocument {
  _id: string;
  _hashed_password?: string;
}

/**
 * Parse compares a dummy hash for an unknown name, but counts failures only for a known one, which
 * takes a few milliseconds that a clock can see. This spends them for the unknown name as well.
 */
export async function spendFailureTime(name: string): Promise<void> {
  if (await accountNamed(name)) return;
  await new AccountLockout({ username: `\u{1F6AB}${name}` }, parseConfig(config().parseAppId))
    .handleLoginAttempt(false)
    .catch(() => undefined);
}

/** Ends a lockout and the count that leads to one. */
export async function liftLockout(username: string): Promise<void> {
  await new AccountLockout({ username }, parseConfig(config().parseAppId)).unlockAccount();
}

/** False for anonymous accounts and for those that log in with a provider alone. */
export async function hasPassword(userId: string): Promise<boolean> {
  return (await hashOf(userId)) !== undefined;
}

export async function isPasswordOf(userId: string, password: string): Promise<boolean> {
  const known = await hashOf(userId);
  return known !== undefined && passwords.compare(password, known);
}

/** As `isPasswordOf`, for a password that was right by the hash `compared` a moment ago. */
export async function isStillPasswordOf(userId: string, compared: string, password: string): Promise<boolean> {
  const known = await hashOf(userId);
  // Another hash may be of the same password: see mendHash.
  return known !== undefined && (known === compared || passwords.compare(password, known));
}

/**
 * For the password that was right: a hash that knows 72 bytes of a longer one becomes one of all of it, and one that
 * is cheaper to guess at than new ones becomes as dear.
 */
export async function mendHash(userId: string, password: string): Promise<void> {
  const known = await hashOf(userId);
  if (known === undefined) return;
  if (!isCut(password, known) && !isCheaper(known, config().passwordHashCost)) return;
  const hashed = await passwords.hash(password);
  const db = database();
  if (db.kind === 'postgres') {
    await db.pool.query('update "_User" set _hashed_password = $2 where "objectId" = $1 and _hashed_password = $3', [
      userId,
      hashed,
      known,
    ]);
    return;
  }
  await db.db
    .collection<UserDocument>('_User')
    .updateOne({ _id: userId, _hashed_password: known }, { $set: { _hashed_password: hashed } });
}

async function hashOf(userId: string): Promise<string | undefined> {
  const db = database();
  if (db.kind === 'postgres') {
    const { rows } = await db.pool.query<{ hash: string | null }>(
      'select _hashed_password as hash from "_User" where "objectId" = $1',
      [userId],
    );
    return rows[0]?.hash ?? undefined;
  }
  const user = await db.db.collection<UserDocument>('_User').findOne({ _id: userId });
  return user?._hashed_password ?? undefined;
}

/**
 * Beside the SDK, because a save of Parse ends every session, the one that asks included; the
 * service ends the others. Open reset links and the lockout end with the old password.
 */
export async function writePassword(userId: string, password: string, now: Date): Promise<void> {
  const hashed = await passwords.hash(password);
  const db = database();
  if (db.kind === 'postgres') {
    await db.pool.query(
      `update "_User" set _hashed_password = $2, "updatedAt" = $3, _perishable_token = null,
         _perishable_token_expires_at = null, _failed_login_count = 0, _account_lockout_expires_at = null
       where "objectId" = $1`,
      [userId, hashed, now],
    );
    return;
  }
  await db.db.collection<UserDocument>('_User').updateOne(
    { _id: userId },
    {
      $set: { _hashed_password: hashed, _updated_at: now, _failed_login_count: 0 },
      $unset: { _perishable_token: '', _perishable_token_expires_at: '', _account_lockout_expires_at: '' },
    },
  );
}
