import { randomBytes, randomUUID } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** An id of the form Parse gives: ten alphanumerics; for rows written without the SDK. */
export function newObjectId(): string {
  let id = '';
  while (id.length < 10) {
    for (const byte of randomBytes(16)) {
      // 248 = 4 × 62: bytes above would favour the first letters.
      if (byte < 248 && id.length < 10) id += ALPHABET[byte % 62];
    }
  }
  return id;
}

/** `job_` and 32 hexadecimal digits. */
export function newJobId(): string {
  return `job_${randomUUID().replaceAll('-', '')}`;
}
