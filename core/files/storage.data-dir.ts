import { randomUUID } from 'node:crypto';
import { createReadStream, mkdirSync } from 'node:fs';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { log } from '../log';
import { storageAway, type ByteRange, type FileStorage } from './storage.types';

const PART = '.part';
/** No request takes longer: what is older was left by a process that died. */
const PART_LIFE_MS = 3_600_000;

/** DATA_DIR/files, one file a name, as Parse's file system adapter has them. */
export class DataDirStorage implements FileStorage {
  private readonly folder: string;

  constructor(dataDir: string) {
    this.folder = path.join(dataDir, 'files');
    void this.removeParts();
  }

  async put(name: string, bytes: Buffer): Promise<void> {
    const part = path.join(this.folder, `.${randomUUID()}${PART}`);
    try {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      const handle = await open(part, 'wx', 0o600);
      try {
        await handle.writeFile(bytes);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(part, this.pathOf(name));
    } catch (error) {
      await rm(part, { force: true }).catch(() => undefined);
      throw storageAway(error);
    }
  }

  async sizeOf(name: string): Promise<number | undefined> {
    try {
      const found = await stat(this.pathOf(name));
      return found.isFile() ? found.size : undefined;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined;
      throw storageAway(error);
    }
  }

  read(name: string, range?: ByteRange): Promise<Readable> {
    return Promise.resolve(createReadStream(this.pathOf(name), range));
  }

  async remove(name: string): Promise<void> {
    await rm(this.pathOf(name), { force: true }).catch((error: unknown) => {
      throw storageAway(error);
    });
  }

  /** Slashes are encoded, too: every file lies in the folder itself. */
  private pathOf(name: string): string {
    return path.join(this.folder, encodeURIComponent(name));
  }

  private async removeParts(): Promise<void> {
    const names = await readdir(this.folder).catch(() => []);
    for (const name of names.filter((one) => one.startsWith('.') && one.endsWith(PART))) {
      const file = path.join(this.folder, name);
      const found = await stat(file).catch(() => undefined);
      if (!found || Date.now() - found.mtimeMs < PART_LIFE_MS) continue;
      await rm(file, { force: true }).catch((error: unknown) => log().warn({ err: error }, 'Half a file stays.'));
    }
  }
}
