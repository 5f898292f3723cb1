import { toAppError, AppError } from '../../core/errors';
import { chargeIp } from '../../core/limits';
import { parseJson } from '../../core/operation/parse-json';
import type { RawBody } from '../../core/operation/raw-body';
import type { SignedRequest } from '../../core/operation/signature';
import type { Said } from './schemes/scheme';
import { SCHEMES } from './schemes/schemes';
import { receivingSource, sharedName } from './source.find';

/** A webhook whose signature was right. */
export interface VerifiedWebhook {
  tenant: string;
  /** In `webhook.<source>.<event>`. */
  source: string;
  said: Said;
}

const DEFAULT_SOURCE = 'default';
/** What the door found out, for the handler behind it. */
const verified = new WeakMap<RawBody, VerifiedWebhook>();

/**
 * The door's check. Who sends nothing wrong is charged for nothing: senders come from few addresses, and in bursts.
 * @throws AppError NOT_FOUND, INTEGRATION_NOT_CONFIGURED, UNAUTHORIZED, RATE_LIMITED; VALIDATION_ERROR once the
 * signature was right
 */
export async function verifyWebhook({ raw, input, now, ip }: SignedRequest): Promise<undefined> {
  const { source = DEFAULT_SOURCE } = input as { source?: string };
  try {
    verified.set(raw, await verify(source, raw, now));
  } catch (error) {
    const { status } = toAppError(error);
    if (status === 401 || status === 404) await chargeIp(ip);
    throw error;
  }
}

/** @throws Error when nobody has verified it: a mistake in code */
export function verifiedWebhook(raw: RawBody): VerifiedWebhook {
  const found = verified.get(raw);
  if (!found) throw new Error('A webhook was handled before its signature was verified.');
  return found;
}

/** @throws AppError as {@link verifyWebhook}, but for limits */
export async function verify(name: string, raw: RawBody, now: Date): Promise<VerifiedWebhook> {
  const source = await receivingSource(name, now);
  const scheme = SCHEMES[source.scheme];
  // One text for every fault: whoever guesses learns nothing.
  if (scheme.findFault(raw, { secrets: source.secrets, now }))
    throw new AppError('UNAUTHORIZED', 'The signature is missing, wrong or too old.');
  // Its keys are the sender's: nothing is looked up in it but what the scheme names.
  const said = scheme.read(raw, parseJson(raw.bytes), now);
  // What is wrong with the request is said before the database is asked.
  const called = source.isShared ? sharedName(said.source) : source.name;
  return { tenant: await source.tenantId(), source: called, said };
}
