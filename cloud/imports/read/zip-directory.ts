import type { FileHandle } from 'node:fs/promises';
import { readAt } from './read-at';
import { invalidFile } from './row-batch';
import { readZipEnd, safeUInt64, ZIP64_MARK } from './zip-end';

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
  isEncrypted: boolean;
}

const ENTRY_SIGNATURE = 0x02014b50;
const ENTRY_BYTES = 46;
const MAX_DIRECTORY_BYTES = 16 * 1024 * 1024;
const ENCRYPTED_FLAG = 1;
const ZIP64_FIELD = 1;

/**
 * The entries of a zip archive by `partKey`. Nothing is unpacked: `openEntry` holds each entry to its declaration, so
 * that a forged one is found out while it unpacks.
 * @throws AppError INVALID_FILE for truncated or broken archives
 */
export async function readZipDirectory(file: FileHandle): Promise<Map<string, ZipEntry>> {
  const { size } = await file.stat();
  const { count, length, start } = await readZipEnd(file);
  if (length > MAX_DIRECTORY_BYTES || start + length > size) {
    throw invalidFile('The directory of the zip archive is broken or too large.');
  }
  const entries = parseEntries(await readAt(file, start, start + length), count);
  return new Map(entries.map((entry) => [partKey(entry.name), entry]));
}

/**
 * What an entry and a reference to it have in common: names of parts are URIs, the same in every letter case (OPC
 * 6.3.5); some writers use the separator of Windows.
 */
export function partKey(name: string): string {
  const path = name.replaceAll('\\', '/').replace(/^\/+/, '').toLowerCase();
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

function parseEntries(directory: Buffer, count: number): ZipEntry[] {
  const entries: ZipEntry[] = [];
  let position = 0;
  for (let index = 0; index < count; index++) {
    if (position + ENTRY_BYTES > directory.length || directory.readUInt32LE(position) !== ENTRY_SIGNATURE) {
      throw invalidFile(`The directory of the zip archive is broken at entry ${index + 1}.`);
    }
    const nameEnd = position + ENTRY_BYTES + directory.readUInt16LE(position + 28);
    const extraEnd = nameEnd + directory.readUInt16LE(position + 30);
    const entry: ZipEntry = {
      name: directory.toString('utf8', position + ENTRY_BYTES, nameEnd),
      method: directory.readUInt16LE(position + 10),
      crc: directory.readUInt32LE(position + 16),
      packedBytes: directory.readUInt32LE(position + 20),
      bytes: directory.readUInt32LE(position + 24),
      offset: directory.readUInt32LE(position + 42),
      isEncrypted: (directory.readUInt16LE(position + 8) & ENCRYPTED_FLAG) !== 0,
    };
    readZip64(entry, directory.subarray(nameEnd, extraEnd));
    entries.push(entry);
    position = extraEnd + directory.readUInt16LE(position + 32);
  }
  return entries;
}

/** The extra field holds, in this order, the numbers that the entry itself marks as too long. */
function readZip64(entry: ZipEntry, extra: Buffer): void {
  const fields = (['bytes', 'packedBytes', 'offset'] as const).filter((field) => entry[field] === ZIP64_MARK);
  if (fields.length === 0) return;
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== ZIP64_FIELD) continue;
    const values = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2));
    if (values.length < fields.length * 8) break;
    fields.forEach((field, index) => (entry[field] = safeUInt64(values, index * 8)));
    return;
  }
  throw invalidFile(`The entry ${entry.name} of the zip archive is broken: its zip64 sizes are missing.`);
}
