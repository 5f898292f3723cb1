import { rm } from 'node:fs/promises';
import path from 'node:path';
import { config } from './config';

/** A request body that was stored while it streamed in; the bytes are on disk (fsync) when this exists. */
export interface Upload {
  /** Absolute path below DATA_DIR/uploads; the service that takes the upload owns the file from then on. */
  path: string;
  sizeBytes: number;
  /** Hexadecimal, of the stored bytes. */
  sha256: string;
  /** As the client named it: a hint for the format and for people, never a path. */
  fileName: string;
  contentType: string;
  /** The first bytes (at most 64 KiB), for detecting the format and reading the header without opening the file. */
  firstBytes: Buffer;
}

/** An upload until somebody takes it. */
export class HeldUpload {
  private isTaken = false;

  constructor(readonly file: Upload) {}

  /** The file belongs to the caller from now on. */
  take(): Upload {
    this.isTaken = true;
    return this.file;
  }

  /** Deletes the file, unless it was taken. */
  async discard(): Promise<void> {
    if (!this.isTaken) await rm(this.file.path, { force: true });
  }
}

/** Where uploads lie until the job that needs them has ended. */
export function uploadFolder(): string {
  return path.join(config().dataDir, 'uploads');
}

/** @param name of a stored upload within the folder, as a job keeps it: DATA_DIR may move, and clients see no path */
export function uploadPath(name: string): string {
  return path.join(uploadFolder(), path.basename(name));
}
