import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { AppError } from './errors';

/** https://www.standardwebhooks.com: signatures of webhooks, in both directions. Pure: knows neither HTTP nor stores. */

const PREFIX = 'whsec_';
const SECRET_BYTES = 32;
/** Of a secret that somebody else made; the scheme asks for 24 to 64. */
const MAX_SECRET_BYTES = 512;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;
/** No full stop: parts of the signed text would move from one field to the next under the same signature. */
const ID = /^[\x21-\x2d\x2f-\x7e]{1,256}$/;
const SECONDS = /^\d{1,12}$/;
/** Signatures that are looked at: a secret has two while it is changed. */
const MAX_SIGNATURES = 20;

/** How old or early a webhook may be, seconds. */
const STANDARD_TOLERANCE_SECONDS = 300;

export interface StandardMessage {
  /** The same at every try. */
  id: string;
  /** Of this try, Unix seconds. */
  timestamp: string;
  /** The bytes as they travel. */
  body: string | Uint8Array;
}

/** `malformed`: a header is missing or cannot be one. `stale`: too old or too early. `wrong`: no signature fits. */
export type SignatureFault = 'malformed' | 'stale' | 'wrong';

/** A new secret in the scheme's form: `whsec_` and 32 random bytes. */
export function makeStandardSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64');
}

/** Whether a text can be a secret: base64, with or without `whsec_`. */
export function isStandardSecret(text: string): boolean {
  return keyOf(text) !== undefined;
}

/**
 * The headers of one try; a signature for each secret, so that a receiver who knows either of two accepts it.
 * @throws AppError VALIDATION_ERROR for an id that the scheme cannot carry, or a secret that is none
 */
export function signStandard({ id, timestamp, body }: StandardMessage, secrets: readonly string[]): StandardHeaders {
  if (!ID.test(id) || !SECONDS.test(timestamp)) throw invalid('The id or the time cannot be signed.');
  if (!secrets.length) throw invalid('There is no secret to sign with.');
  const signatures = secrets.map((secret) => {
    const key = keyOf(secret);
    if (!key) throw invalid('The secret is not base64.');
    return `v1,${macOf({ id, timestamp, body }, key).toString('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}

export type StandardHeaders = Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>;

/**
 * What is wrong with a webhook that came in, or nothing: then it is by who knows one of the secrets, whole and recent.
 * @throws AppError VALIDATION_ERROR for a secret that is none: a wrong setting, not a wrong sender
 */
export function findStandardFault(
  headers: { [Name in keyof StandardHeaders]: string | undefined },
  body: string | Uint8Array,
  { secrets, now, toleranceSeconds = STANDARD_TOLERANCE_SECONDS }: VerifyOptions,
): SignatureFault | undefined {
  const keys = secrets.map(keyOf);
  if (keys.includes(undefined)) throw invalid('The secret is not base64.');
  const id = headers['webhook-id'] ?? '';
  const timestamp = headers['webhook-timestamp'] ?? '';
  const given = macsOf(headers['webhook-signature'] ?? '');
  if (!ID.test(id) || !SECONDS.test(timestamp) || !given) return 'malformed';
  if (Math.abs(now.getTime() / 1000 - Number(timestamp)) > toleranceSeconds) return 'stale';
  // All are compared, so that the time tells nothing of which one fits.
  const fits = keys.flatMap((key) => {
    const right = macOf({ id, timestamp, body }, key!);
    return given.map((mac) => timingSafeEqual(mac, right));
  });
  return fits.includes(true) ? undefined : 'wrong';
}

export interface VerifyOptions {
  secrets: readonly string[];
  now: Date;
  /** @defaultValue 300 */
  toleranceSeconds?: number;
}

/** Signatures of this version; those of others, and what is none, are passed over. Undefined where the header has none. */
function macsOf(header: string): Buffer[] | undefined {
  const signatures = header.split(' ').filter(Boolean).slice(0, MAX_SIGNATURES);
  if (!signatures.length) return undefined;
  return signatures.flatMap((signature) => {
    const [version, text = '', ...rest] = signature.split(',');
    if (version !== 'v1' || rest.length || !BASE64.test(text)) return [];
    const mac = Buffer.from(text, 'base64');
    return mac.length === 32 ? [mac] : [];
  });
}

function macOf({ id, timestamp, body }: StandardMessage, key: Buffer): Buffer {
  return createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
}

function keyOf(secret: string): Buffer | undefined {
  const text = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret;
  if (!BASE64.test(text)) return undefined;
  const key = Buffer.from(text, 'base64');
  return key.length && key.length <= MAX_SECRET_BYTES ? key : undefined;
}

const invalid = (message: string): AppError => new AppError('VALIDATION_ERROR', message);
