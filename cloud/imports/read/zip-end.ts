import type { FileHandle } from 'node:fs/promises';
import { readAt } from './read-at';
import { invalidFile } from './row-batch';

/** Where the directory of an archive lies. */
export interface ZipEnd {
  count: number;
  length: number;
  start: number;
}

const END_SIGNATURE = 0x06054b50;
const END_BYTES = 22;
/** The end record is followed by a comment of at most this length. */
const MAX_COMMENT_BYTES = 0xffff;
const LOCATOR_SIGNATURE = 0x07064b50;
const LOCATOR_BYTES = 20;
const ZIP64_SIGNATURE = 0x06064b50;
const ZIP64_BYTES = 56;

/** A field of 32 bits that says: look in the zip64 record. */
export const ZIP64_MARK = 0xffffffff;
const ZIP64_COUNT_MARK = 0xffff;

/**
 * Reads the end record, and that of zip64, which streaming writers use for small archives, too.
 * @throws AppError INVALID_FILE when there is none
 */
export async function readZipEnd(file: FileHandle): Promise<ZipEnd> {
  const { size } = await file.stat();
  const tailStart = Math.max(0, size - END_BYTES - MAX_COMMENT_BYTES - LOCATOR_BYTES);
  const tail = await readAt(file, tailStart, size);
  const at = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (at < 0 || at + END_BYTES > tail.length || tail.readUInt32LE(at) !== END_SIGNATURE) {
    throw invalidFile('Not a complete zip archive: the directory at its end is missing.');
  }
  const end = {
    count: tail.readUInt16LE(at + 10),
    length: tail.readUInt32LE(at + 12),
    start: tail.readUInt32LE(at + 16),
  };
  const isZip64 = end.count === ZIP64_COUNT_MARK || end.length === ZIP64_MARK || end.start === ZIP64_MARK;
  return isZip64 ? readZip64End(file, tail, at - LOCATOR_BYTES) : end;
}

async function readZip64End(file: FileHandle, tail: Buffer, locator: number): Promise<ZipEnd> {
  if (locator < 0 || tail.readUInt32LE(locator) !== LOCATOR_SIGNATURE) throw broken();
  const { size } = await file.stat();
  const position = safeUInt64(tail, locator + 8);
  if (position + ZIP64_BYTES > size) throw broken();
  const record = await readAt(file, position, position + ZIP64_BYTES);
  if (record.readUInt32LE(0) !== ZIP64_SIGNATURE) throw broken();
  return { count: safeUInt64(record, 32), length: safeUInt64(record, 40), start: safeUInt64(record, 48) };
}

/** @throws AppError INVALID_FILE beyond 2^53: no file is that long */
export function safeUInt64(buffer: Buffer, at: number): number {
  const value = Number(buffer.readBigUInt64LE(at));
  if (!Number.isSafeInteger(value)) throw broken();
  return value;
}

function broken(): Error {
  return invalidFile('The directory of the zip archive is broken: its zip64 records are missing or wrong.');
}
