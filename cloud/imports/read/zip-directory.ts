import type { FileHandle } from 'node:fs/promises';
import { invalidFile, type ReadLimits } from './row-batch';

/** One file of an archive, as the central directory declares it. */
export interface ZipEntry {
  name: string;
  /** 0 stored, 8 deflated; nothing else is read. */
  method: number;
  crc: number;
  packedBytes: number;
  bytes: number;
  /** Position of the local header in the archive. */
  offset: number;
}

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
/** The end record is followed by a comment of at most this length. */
const MAX_COMMENT_BYTES = 0xffff;
const MAX_DIRECTORY_BYTES = 16 * 1024 * 1024;
const ZIP64_MARK = 0xffffffff;
const ENCRYPTED_FLAG = 1;

/**
 * The entries of a zip archive by name. Sizes are checked here as declared; `openEntry` holds each entry to its
 * declaration, so that a forged one is found out while it unpacks. Zip64 is refused: a workbook that needs it is far
 * beyond every limit.
 * @throws AppError INVALID_FILE for truncated or broken archives, and for those that unpack to too much
 */
export async function readZipDirectory(file: FileHandle, limits: ReadLimits): Promise<Map<string, ZipEntry>> {
  const { size } = await file.stat();
  const tail = await readAt(file, Math.max(0, size - END_BYTES - MAX_COMMENT_BYTES), size);
  const end = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0 || end + END_BYTES > tail.length || tail.readUInt32LE(end) !== END_SIGNATURE) {
    throw invalidFile('Not a complete zip archive: the directory at its end is missing.');
  }
  const count = tail.readUInt16LE(end + 10);
  const length = tail.readUInt32LE(end + 12);
  const start = tail.readUInt32LE(end + 16);
  if (start === ZIP64_MARK || length > MAX_DIRECTORY_BYTES || start + length > size) {
    throw invalidFile('The directory of the zip archive is broken or too large.');
  }
  const entries = parseEntries(await readAt(file, start, start + length), count);
  checkSizes(entries, limits);
  return new Map(entries.map((entry) => [entry.name, entry]));
}

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

function parseEntries(directory: Buffer, count: number): ZipEntry[] {
  const entries: ZipEntry[] = [];
  let position = 0;
  for (let index = 0; index < count; index++) {
    if (position + ENTRY_BYTES > directory.length || directory.readUInt32LE(position) !== ENTRY_SIGNATURE) {
      throw invalidFile(`The directory of the zip archive is broken at entry ${index + 1}.`);
    }
    const nameEnd = position + ENTRY_BYTES + directory.readUInt16LE(position + 28);
    const entry: ZipEntry = {
      name: directory.toString('utf8', position + ENTRY_BYTES, nameEnd),
      method: directory.readUInt16LE(position + 10),
      crc: directory.readUInt32LE(position + 16),
      packedBytes: directory.readUInt32LE(position + 20),
      bytes: directory.readUInt32LE(position + 24),
      offset: directory.readUInt32LE(position + 42),
    };
    if (directory.readUInt16LE(position + 8) & ENCRYPTED_FLAG) throw invalidFile('The archive is encrypted.');
    entries.push(entry);
    position = nameEnd + directory.readUInt16LE(position + 30) + directory.readUInt16LE(position + 32);
  }
  return entries;
}

function checkSizes(entries: ZipEntry[], limits: ReadLimits): void {
  let total = 0;
  for (const { name, bytes, packedBytes } of entries) {
    total += bytes;
    if (bytes > limits.ratioFromBytes && bytes > packedBytes * limits.inflateRatio) {
      throw invalidFile(`The entry ${name} unpacks to more than ${limits.inflateRatio} times its size.`);
    }
  }
  if (total > limits.inflatedBytes) throw invalidFile(`The file unpacks to more than ${limits.inflatedBytes} bytes.`);
}
