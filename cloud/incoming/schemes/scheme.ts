import type { RawBody } from '../../../core/operation/raw-body';
import type { SignatureFault } from '../../../core/standard-webhooks';

interface Signing {
  /** Any of them is good: there are two while one is changed. Never empty. */
  secrets: readonly string[];
  now: Date;
}

/** What a webhook says of itself, once its signature was right. */
export interface Said {
  /** The sender's own id, the same when it is sent again; undefined where there is none. */
  id: string | undefined;
  event: string | undefined;
  /** Who it says that it is; counts where several senders share an address. */
  source?: string | undefined;
}

/** How a sender signs, and where it says what happened. Pure: knows neither HTTP nor stores. */
export interface Scheme {
  /** What is wrong with the signature over the bytes; undefined: it was made with one of the secrets. */
  findFault: (raw: RawBody, signing: Signing) => SignatureFault | undefined;
  /** @throws AppError VALIDATION_ERROR where the body lacks what the scheme says; UNAUTHORIZED when it is too old */
  read: (raw: RawBody, body: unknown, now: Date) => Said;
  /** Headers that a sender sends with these bytes: for tests of a source. */
  sign: (body: string, secret: string, message: { id: string; event: string; at: Date }) => Record<string, string>;
}

/** A field of a JSON object that is a text; else undefined. */
export function textIn(body: unknown, name: string): string | undefined {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, name)) return undefined;
  const value: unknown = (body as Record<string, unknown>)[name];
  return typeof value === 'string' && value ? value : undefined;
}
