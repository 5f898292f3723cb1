import { createHmac, timingSafeEqual } from 'node:crypto';
import { config } from '../../core/config';
import { newObjectId } from '../../core/ids';
import { derivedKey } from '../../core/secrets';

/** What a mailed link is good for. */
export type Purpose = 'reset' | 'verify';

export interface Link {
  purpose: Purpose;
  userId: string;
  /** The address it was mailed to: with another one it is worth nothing. */
  address: string;
  nonce: string;
}

const FORM = /^([A-Za-z0-9]{20,64})\.([A-Za-z0-9_-]{43})$/;

/** Kept with the account; without our key it is no token. */
export const newNonce = (): string => newObjectId() + newObjectId() + newObjectId();

/**
 * The token of a link. Derived: it is in the mail and nowhere else, and a mail that is sent again
 * says the same.
 */
export function tokenOf(link: Link): string {
  return `${link.nonce}.${macOf(link).toString('base64url')}`;
}

/** Undefined for what has not the form of a token. */
export function nonceIn(token: string): string | undefined {
  return FORM.exec(token)?.[1];
}

export function isTokenOf(link: Link, token: string): boolean {
  const given = Buffer.from(FORM.exec(token)?.[2] ?? '', 'base64url');
  const right = macOf(link);
  return given.length === right.length && timingSafeEqual(given, right);
}

function macOf({ purpose, userId, address, nonce }: Link): Buffer {
  const key = derivedKey(config().jwtSecret, 'account-link');
  return createHmac('sha256', key).update([purpose, userId, address, nonce].join('\n')).digest();
}
