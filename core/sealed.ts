import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { config } from './config';
import { AppError } from './errors';

const VERSION = 's1';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts a secret that must be read again, such as one that signs (AES-256-GCM, by the first of ENCRYPTION_KEY).
 * @param context what it is and whose, such as `webhook:<id>`: opens under the same alone, so that nobody who can
 * write rows moves a secret to another
 */
export function seal(text: string, context: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyOf(config().encryptionKeys[0]!), iv);
  cipher.setAAD(Buffer.from(context));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return `${VERSION}.${Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')}`;
}

/** @throws AppError INTEGRATION_NOT_CONFIGURED when no key of ENCRYPTION_KEY opens it */
export function unseal(sealed: string, context: string): string {
  const [version, body = ''] = sealed.split('.');
  const bytes = Buffer.from(body, 'base64url');
  if (version === VERSION && bytes.length >= IV_BYTES + TAG_BYTES) {
    for (const key of config().encryptionKeys) {
      const text = openWith(keyOf(key), bytes, context);
      if (text !== undefined) return text;
    }
  }
  throw new AppError('INTEGRATION_NOT_CONFIGURED', 'A stored secret cannot be read: ENCRYPTION_KEY is another one.');
}

function openWith(key: Buffer, bytes: Buffer, context: string): string | undefined {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES));
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

const derived = new Map<string, Buffer>();

function keyOf(secret: string): Buffer {
  let key = derived.get(secret);
  if (!key) derived.set(secret, (key = Buffer.from(hkdfSync('sha256', secret, '', 'sealed', 32))));
  return key;
}
