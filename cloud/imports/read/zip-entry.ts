import type { FileHandle } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { AppError } from '../../../core/errors';
import { readAt } from './read-at';
import { invalidFile } from './row-batch';
import type { ZipEntry } from './zip-directory';

const LOCAL_SIGNATURE = 0x04034b50;
const LOCAL_BYTES = 30;
const READ_BYTES = 64 * 1024;
const INFLATE_BYTES = 256 * 1024;

/**
 * The unpacked bytes of an entry. Counted and summed against the directory: the last piece is handed out only when
 * length and CRC-32 are right, so that a consumer that saw the end saw the truth.
 * @throws AppError INVALID_FILE when data are missing, damaged, or more than declared or `maxBytes`
 */
export async function* openEntry(
  file: FileHandle,
  entry: ZipEntry,
  maxBytes = Infinity,
): AsyncGenerator<Buffer, void, undefined> {
  if (entry.bytes > maxBytes) {
    throw invalidFile(`The entry ${entry.name} has ${entry.bytes} bytes; ${maxBytes} are allowed.`, { maxBytes });
  }
  const packed = await locate(file, entry);
  let held: Buffer | undefined;
  let bytes = 0;
  let crc = 0;
  for await (const piece of unpack(packed, entry)) {
    if (held) yield held;
    held = piece;
    bytes += piece.length;
    if (bytes > entry.bytes) throw invalidFile(`The entry ${entry.name} unpacks to more than it declares.`);
    crc = crc32(piece, crc);
  }
  if (bytes !== entry.bytes || crc !== entry.crc) throw invalidFile(`The entry ${entry.name} is damaged.`);
  if (held) yield held;
}

async function locate(file: FileHandle, entry: ZipEntry): Promise<Readable> {
  if (entry.isEncrypted) throw invalidFile(`The entry ${entry.name} is encrypted.`);
  const local = await readAt(file, entry.offset, entry.offset + LOCAL_BYTES);
  if (local.readUInt32LE(0) !== LOCAL_SIGNATURE)
    throw invalidFile(`The entry ${entry.name} is not where it should be.`);
  const start = entry.offset + LOCAL_BYTES + local.readUInt16LE(26) + local.readUInt16LE(28);
  return Readable.from(readRange(file, start, start + entry.packedBytes), {
    objectMode: false,
    highWaterMark: READ_BYTES,
  });
}

async function* readRange(file: FileHandle, from: number, to: number): AsyncGenerator<Buffer, void, undefined> {
  for (let at = from; at < to; at += READ_BYTES) yield await readAt(file, at, Math.min(at + READ_BYTES, to));
}

async function* unpack(packed: Readable, entry: ZipEntry): AsyncGenerator<Buffer, void, undefined> {
  if (entry.method === 0) {
    yield* packed as AsyncIterable<Buffer>;
    return;
  }
  if (entry.method !== 8) throw invalidFile(`The entry ${entry.name} is packed by an unknown method.`);
  const inflate = createInflateRaw({ chunkSize: INFLATE_BYTES });
  // The callback only keeps a late error from being unhandled; the loop below sees every error itself.
  pipeline(packed, inflate, () => undefined);
  try {
    yield* inflate as AsyncIterable<Buffer>;
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw invalidFile(`The entry ${entry.name} is damaged.`, {}, error);
  }
}
