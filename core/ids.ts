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

/** UUIDv7 (RFC 9562): ids of one process and millisecond are in no order. */
export function newEventId(now = Date.now()): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
