import type { FileHandle } from 'node:fs/promises';
import { invalidFile } from './row-batch';

/**
 * The bytes `from` to `to` of a file.
 * @throws AppError INVALID_FILE when the file ends before
 */
export async function readAt(file: FileHandle, from: number, to: number): Promise<Buffer> {
  const buffer = Buffer.alloc(to - from);
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, from + filled);
    if (bytesRead === 0) throw invalidFile(`The file ends at byte ${from + filled}, within its data.`);
    filled += bytesRead;
  }
  return buffer;
}
