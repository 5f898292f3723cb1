import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { AppError } from '../core/errors';
import { uploadFolder, type Upload } from '../core/upload';

const FIRST_BYTES = 64 * 1024;

/** What an upload operation gets of its request. */
export interface ReadUpload {
  input: unknown;
  upload: Upload | undefined;
}

export interface StoreOptions {
  maxBytes: number;
  fileName: string;
  contentType: string;
}

/**
 * Streams bytes into DATA_DIR/uploads under a random name; returns once they are on disk (fsync).
 * @throws AppError PAYLOAD_TOO_LARGE as soon as there are too many, VALIDATION_ERROR when the client goes away;
 * the partial file is deleted then
 */
export async function storeUpload(source: Readable, options: StoreOptions): Promise<Upload> {
  const folder = uploadFolder();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = path.join(folder, randomUUID());
  try {
    return await writeFile(source, file, options);
  } catch (error) {
    await rm(file, { force: true });
    if (error instanceof AppError || !isAborted(source, error)) throw error;
    throw new AppError('VALIDATION_ERROR', 'The upload ended before its end.', { cause: error });
  }
}

async function writeFile(source: Readable, file: string, options: StoreOptions): Promise<Upload> {
  const hash = createHash('sha256');
  const first: Buffer[] = [];
  let firstSize = 0;
  let sizeBytes = 0;
  const handle = await open(file, 'wx', 0o600);
  try {
    // Leaving the loop must not destroy a request: its answer is still to be sent.
    for await (const chunk of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      if (sizeBytes > options.maxBytes) {
        throw new AppError('PAYLOAD_TOO_LARGE', `The file is larger than ${options.maxBytes} bytes.`);
      }
      if (firstSize < FIRST_BYTES) {
        // A copy: the socket's buffer is large and would be kept alive.
        first.push(Buffer.from(chunk.subarray(0, FIRST_BYTES - firstSize)));
        firstSize += first.at(-1)!.length;
      }
      hash.update(chunk);
      await handle.write(chunk);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  const { fileName, contentType } = options;
  return { path: file, sizeBytes, sha256: hash.digest('hex'), fileName, contentType, firstBytes: Buffer.concat(first) };
}

function isAborted(source: Readable, error: unknown): boolean {
  const { code } = error as { code?: string };
  return code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE' || source.errored !== null;
}
