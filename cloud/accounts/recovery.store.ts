import Parse from 'parse/node';
import { database } from '../../core/database/database';
import type { Purpose } from './recovery.tokens';

/** Parse's own fields: its saves empty those of a reset whenever password or address change. */
const COLUMNS: Record<Purpose, { nonce: string; expiry: string }> = {
  reset: { nonce: '_perishable_token', expiry: '_perishable_token_expires_at' },
  verify: { nonce: '_email_verify_token', expiry: '_email_verify_token_expires_at' },
};

export interface OpenLink {
  purpose: Purpose;
  userId: string;
  /** For a new link. */
  nonce: string;
  expiresAt: Date;
  /** An open link that lives longer than this stays as it is. */
  reuseAfter: Date;
}

/** Who gets the mails for this address: its account, or one without an address that has it as its name. Nobody has asked to be known here: master key. */
export async function findByAddress(address: string): Promise<Parse.User | undefined> {
  const byEmail = new Parse.Query(Parse.User).equalTo('email', address);
  const byName = new Parse.Query(Parse.User).equalTo('username', address).doesNotExist('email');
  return Parse.Query.or(byEmail, byName).first({ useMasterKey: true });
}

/** The nonce of the account's open link, made when there is none that lives long enough. */
export async function openLink(link: OpenLink): Promise<string | undefined> {
  const { nonce, expiry } = COLUMNS[link.purpose];
  const db = database();
  if (db.kind === 'postgres') {
    const isOpen = `${nonce} is not null and ${expiry} > $4`;
    const { rows } = await db.pool.query<{ nonce: string }>(
      `update "_User" set ${nonce} = case when ${isOpen} then ${nonce} else $2 end,
         ${expiry} = case when ${isOpen} then ${expiry} else $3 end
       where "objectId" = $1 returning ${nonce} as nonce`,
      [link.userId, link.nonce, link.expiresAt, link.reuseAfter],
    );
    return rows[0]?.nonce;
  }
  const users = db.db.collection<{ _id: string } & Record<string, unknown>>('_User');
  await users.updateOne(
    { _id: link.userId, $or: [{ [nonce]: null }, { [expiry]: null }, { [expiry]: { $lte: link.reuseAfter } }] },
    { $set: { [nonce]: link.nonce, [expiry]: link.expiresAt } },
  );
  return (await users.findOne({ _id: link.userId }))?.[nonce] as string | undefined;
}

/** The account whose link has this nonce and is not over. */
export async function ownerOfLink(purpose: Purpose, nonce: string, now: Date): Promise<string | undefined> {
  const column = COLUMNS[purpose];
  const db = database();
  if (db.kind === 'postgres') {
    const { rows } = await db.pool.query<{ id: string }>(
      `select "objectId" as id from "_User" where ${column.nonce} = $1 and ${column.expiry} > $2`,
      [nonce, now],
    );
    return rows[0]?.id;
  }
  const users = db.db.collection<{ _id: string } & Record<string, unknown>>('_User');
  return (await users.findOne({ [column.nonce]: nonce, [column.expiry]: { $gt: now } }))?._id;
}

export async function closeLink(purpose: Purpose, userId: string, nonce: string): Promise<void> {
  const column = COLUMNS[purpose];
  const db = database();
  if (db.kind === 'postgres') {
    await db.pool.query(
      `update "_User" set ${column.nonce} = null, ${column.expiry} = null where "objectId" = $1 and ${column.nonce} = $2`,
      [userId, nonce],
    );
    return;
  }
  const users = db.db.collection<{ _id: string } & Record<string, unknown>>('_User');
  await users.updateOne(
    { _id: userId, [column.nonce]: nonce },
    { $unset: { [column.nonce]: '', [column.expiry]: '' } },
  );
}
