import { createHash, timingSafeEqual } from 'node:crypto';
import Parse from 'parse/node';
import { checkIp } from 'parse-server/lib/middlewares';
import { config } from '../../core/config';
import { AppError } from '../../core/errors';
import { admit } from '../request';

export interface ConnectRequest {
  applicationId: string;
  masterKey?: string;
  sessionToken?: string;
  installationId?: string;
  requestId?: number;
}

/** As Parse Server's LiveQuery calls it. */
const KEYS_NOT_VALID = 4;
const masterKeyAddresses = new Map<string, boolean>();

/**
 * Whether the connection is the operator's. A key that is wrong, or right but from an address outside
 * MASTER_KEY_IPS, is refused as on /parse; Parse Server's LiveQuery asks neither for the address nor
 * for the application.
 * @throws Parse.Error 4, 119
 */
export function isMasterConnection({ applicationId, masterKey }: ConnectRequest, address: string): boolean {
  const { parseAppId, parseMasterKey, masterKeyIps } = config();
  if (applicationId !== parseAppId) throw new Parse.Error(KEYS_NOT_VALID, 'Key in request is not valid');
  if (masterKey === undefined) return false;
  if (!isSame(masterKey, parseMasterKey)) throw new Parse.Error(KEYS_NOT_VALID, 'Key in request is not valid');
  if (!checkIp(address, masterKeyIps, masterKeyAddresses))
    throw new Parse.Error(Parse.Error.OPERATION_FORBIDDEN, 'unauthorized');
  return true;
}

/**
 * A connection or a subscription costs what a request costs. Whether the session still counts is for
 * the subscription to say: who connects with an old one may still hear what is everybody's, once
 * he subscribes without it.
 * @throws AppError RATE_LIMITED
 */
export async function chargeOne(sessionToken: string | undefined, address: string): Promise<void> {
  try {
    await admit(sessionToken ? { sessionToken } : {}, address);
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'RATE_LIMITED' || error.status >= 500) throw error;
  }
}

function isSame(given: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(right));
}
