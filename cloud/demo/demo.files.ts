import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { config } from '../../core/config';
import type { Upload } from '../../core/upload';

/** The body of a login, so that `curl -d @file` signs in without anybody reading the password. */
export interface DemoLogin {
  email: string;
  password: string;
}

const FIRST_BYTES = 64 * 1024;

/** Readable by the server's own account only. */
export const demoLoginFile = (): string => path.join(config().dataDir, 'demo.json');
const importedFile = (): string => path.join(config().dataDir, 'demo-imported');

export function readDemoLogin(): DemoLogin | undefined {
  if (!existsSync(demoLoginFile())) return undefined;
  return JSON.parse(readFileSync(demoLoginFile(), 'utf8')) as DemoLogin;
}

/** The login that is kept, or a new one: of two processes that boot at once, the second reads the first's. */
export function keepDemoLogin(email: string): DemoLogin & { isNew: boolean } {
  const fresh: DemoLogin = { email, password: randomBytes(12).toString('base64url') };
  mkdirSync(config().dataDir, { recursive: true });
  try {
    writeFileSync(demoLoginFile(), JSON.stringify(fresh), { mode: 0o600, flag: 'wx' });
    return { ...fresh, isNew: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return { ...readDemoLogin()!, isNew: false };
  }
}

export function forgetDemoLogin(): void {
  rmSync(demoLoginFile(), { force: true });
}

/** Whether the imports of this data were handed over before: costs have no key that would stop a second time. */
export function isHandedOver(anchor: string): boolean {
  return existsSync(importedFile()) && readFileSync(importedFile(), 'utf8') === anchor;
}

export function markHandedOver(anchor: string): void {
  writeFileSync(importedFile(), anchor);
}

/** Puts a file where uploads are kept, durably; the import owns it from then on. */
export async function storeDemoFile(name: string, text: string): Promise<Upload> {
  const folder = path.join(config().dataDir, 'uploads');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const bytes = Buffer.from(text);
  const file = path.join(folder, randomUUID());
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return {
    path: file,
    sizeBytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    fileName: name,
    contentType: 'text/csv',
    firstBytes: bytes.subarray(0, FIRST_BYTES),
  };
}
