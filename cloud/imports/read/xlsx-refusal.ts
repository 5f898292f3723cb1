import type { FileHandle } from 'node:fs/promises';
import { readAt } from './read-at';
import { invalidFile } from './row-batch';

const ZIP = 'PK';
const COMPOUND = 'd0cf11e0a1b11ae1';
const SECTOR = 512;
/** Sectors of a compound file's directory that are looked at; the first holds what matters. */
const DIRECTORY_BYTES = 4096;

/**
 * Refuses what is called a workbook but is something else, and says what it is.
 * @throws AppError INVALID_FILE
 */
export async function refuseOtherFormats(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  const head = await readAt(file, 0, Math.min(size, SECTOR));
  if (head.toString('latin1', 0, 2) === ZIP) return;
  if (head.toString('hex', 0, 8) === COMPOUND && head.length === SECTOR) {
    throw invalidFile(
      (await isEncrypted(file, head, size))
        ? 'The workbook is protected by a password; save it without one.'
        : 'An old Excel file (.xls), not an .xlsx workbook; save it as .xlsx.',
    );
  }
  if (head.includes('%PDF-')) throw invalidFile('A PDF, not an Excel workbook.');
  if (/^\s*</.test(head.toString('latin1'))) {
    throw invalidFile('HTML or XML, not an Excel workbook; open it in a spreadsheet program and save it as .xlsx.');
  }
  if (!head.includes(0))
    throw invalidFile('Text, not an Excel workbook or zip archive; send CSV with `"format":"csv"`.');
  throw invalidFile('Not an Excel workbook: an .xlsx file is a zip archive.');
}

/** Excel puts an encrypted workbook into a compound file, as a stream of this name. */
async function isEncrypted(file: FileHandle, head: Buffer, size: number): Promise<boolean> {
  const sectorBytes = 2 ** Math.min(head.readUInt16LE(30), 12);
  const start = (head.readUInt32LE(48) + 1) * sectorBytes;
  if (start >= size) return false;
  const directory = await readAt(file, start, Math.min(size, start + DIRECTORY_BYTES));
  return directory.includes(Buffer.from('EncryptedPackage', 'utf16le'));
}

/** @throws AppError INVALID_FILE for a zip archive that is another kind of document */
export function otherArchive(names: ReadonlyMap<string, unknown>): Error {
  if (names.has('content.xml') && names.has('mimetype')) {
    return invalidFile('An OpenDocument file (.ods), not an Excel workbook; save it as .xlsx.');
  }
  if (names.has('xl/workbook.bin')) {
    return invalidFile('A binary Excel workbook (.xlsb); save it as .xlsx.');
  }
  if ([...names.keys()].some((name) => name.endsWith('.iwa'))) {
    return invalidFile('A Numbers document, not an Excel workbook; export it as .xlsx.');
  }
  return invalidFile('Not an Excel workbook: the archive names no workbook.');
}
