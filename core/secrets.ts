import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface GeneratedSecrets {
  jwtSecret: string;
  parseMasterKey: string;
}

/**
 * Secrets for a machine that was given none (never in production): made once, kept in
 * DATA_DIR/secrets.json with mode 600, so that sessions outlive a restart.
 */
export function generatedSecrets(dataDir: string): GeneratedSecrets {
  const file = path.join(dataDir, 'secrets.json');
  mkdirSync(dataDir, { recursive: true });
  const fresh: GeneratedSecrets = {
    jwtSecret: randomBytes(32).toString('hex'),
    parseMasterKey: randomBytes(24).toString('hex'),
  };
  try {
    // Exclusive: of two processes that boot at once, the second reads what the first wrote.
    writeFileSync(file, JSON.stringify(fresh), { mode: 0o600, flag: 'wx' });
    return fresh;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return JSON.parse(readFileSync(file, 'utf8')) as GeneratedSecrets;
  }
}

/** A key for one purpose, so that no two uses share bytes. */
export function derivedKey(secret: string, purpose: string): Buffer {
  return createHmac('sha256', secret).update(purpose).digest();
}

/** In a time that tells nothing of the secret. */
export function isSameSecret(given: string, secret: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(secret));
}
