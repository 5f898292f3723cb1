import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { config } from '../../core/config';
import { toAppError } from '../../core/errors';
import { checkUrl } from '../../core/http';
import { isLoopbackAddress, isPublicAddress } from '../../core/http.addresses';
import { invalidField } from '../../core/operation/issues';

const MAX_LENGTH = 2048;
/** Long enough for a name server that is well; one that is not delays nobody, because each call checks again. */
const RESOLVE_MS = 700;

/**
 * Refuses what may not be called: for people who type it wrong, and so that nobody makes the server call within its
 * own network. A name can change its mind later, so the same is asked at each connection.
 * @throws AppError VALIDATION_ERROR
 */
export async function checkEndpointUrl(given: unknown): Promise<void> {
  if (given === undefined || given === null || given === '') throw invalidField('url', 'missing', 'is missing');
  if (typeof given !== 'string') throw invalidField('url', 'wrong_type', 'must be text');
  if (given.length > MAX_LENGTH) throw invalidField('url', 'too_large', `must have at most ${MAX_LENGTH} characters`);
  // URL parsers drop some of these without a word.
  if (/[\s\0-\x20\x7f\\]/.test(given)) throw invalidField('url', 'wrong_format', 'must not hold blanks or backslashes');
  if (isOfThisMachine(given)) return;
  const host = allowedHost(given);
  if (isIP(host)) return;
  const addresses = await resolved(host);
  if (!addresses.every((address) => isPublicAddress(address)))
    throw invalidField('url', 'not_allowed', 'names a host within a private network');
}

/** Asked before each call, of a URL that was checked when it was given: settings change, and rows come by other doors. */
export function isCallable(url: string): boolean {
  if (isOfThisMachine(url)) return true;
  try {
    return Boolean(checkUrl({ url }));
  } catch {
    return false;
  }
}

/** Whether an address is one of this server's own: what comes in by it must not go out to it again. */
export function isOwnAddress(url: string): boolean {
  return URL.canParse(url) && new URL(url).host === new URL(config().publicUrl).host;
}

/** For trying out: receivers on this machine, where the server may call them. */
function isOfThisMachine(text: string): boolean {
  if (!config().outgoingLoopback || !URL.canParse(text)) return false;
  const { hostname, protocol, username, password } = new URL(text);
  const host = hostname.replace(/^\[|\]$/g, '');
  const isLocal = host === 'localhost' || isLoopbackAddress(host);
  return isLocal && /^https?:$/.test(protocol) && !username && !password;
}

function allowedHost(url: string): string {
  try {
    return checkUrl({ url })
      .hostname.replace(/^\[|\]$/g, '')
      .replace(/\.$/, '');
  } catch (error) {
    throw invalidField('url', 'not_allowed', `cannot be called: ${toAppError(error).message}`);
  }
}

/** Not by the system's resolver, whose few threads a slow name server would hold. Empty when nobody knows the name now. */
async function resolved(host: string): Promise<string[]> {
  const resolver = new Resolver({ timeout: RESOLVE_MS, tries: 1 });
  const found = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  return found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
}
