import { createHmac, timingSafeEqual } from 'node:crypto';

const HEX = /^[0-9a-f]{64}$/i;
/** 32 bytes. */
const BASE64 = /^[A-Za-z0-9+/]{43}=$/;

/** HMAC-SHA256 over the parts, one behind the other. The secret is taken as text. */
export function macOf(secret: string, parts: readonly (string | Uint8Array)[]): Buffer {
  const hmac = createHmac('sha256', secret);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

/**
 * Whether one of the given MACs is by one of the secrets. All are compared, each in constant time, so that the time
 * tells nothing of which one fits.
 */
export function isSignedBy(
  secrets: readonly string[],
  parts: readonly (string | Uint8Array)[],
  given: readonly Buffer[],
): boolean {
  const fits = secrets.flatMap((secret) => {
    const right = macOf(secret, parts);
    return given.map((mac) => timingSafeEqual(mac, right));
  });
  return fits.includes(true);
}

export function macInHex(text: string | undefined): Buffer | undefined {
  return text !== undefined && HEX.test(text) ? Buffer.from(text, 'hex') : undefined;
}

export function macInBase64(text: string | undefined): Buffer | undefined {
  return text !== undefined && BASE64.test(text) ? Buffer.from(text, 'base64') : undefined;
}

/** `sha256=<hex>`. */
export function macBehindPrefix(header: string | undefined): Buffer | undefined {
  return header?.startsWith('sha256=') ? macInHex(header.slice('sha256='.length)) : undefined;
}
