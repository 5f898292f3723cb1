import { open, type FileHandle } from 'node:fs/promises';
import { BatchBuilder, type RawBatch, type ReadLimits, type ReadRequest } from './row-batch';
import { decodeXml } from './text-decoder';
import { openWorkbook, type Workbook } from './xlsx-package';
import { readDateKinds, readSharedStrings } from './xlsx-parts';
import { SheetRows, type SheetContext } from './xlsx-rows';
import { XmlScanner } from './xml-scanner';
import type { ZipEntry } from './zip-directory';
import { openEntry } from './zip-entry';

const MAX_STYLES_BYTES = 16 * 1024 * 1024;

/**
 * The rows of one sheet. `row` is the sheet's own row number; dates arrive as local ISO text without an offset, for a
 * sheet knows no zone; numbers as they are stored. Nothing is read ahead of the consumer but one piece of the file;
 * only the shared strings are held in memory.
 * @throws AppError INVALID_FILE for anything that is no sound workbook, or that unpacks to too much
 */
export async function* readXlsxFile({ path, limits, sheet }: ReadRequest): AsyncGenerator<RawBatch, void, undefined> {
  const file = await open(path);
  try {
    const book = await openWorkbook(file, limits, sheet);
    const builder = new BatchBuilder(limits);
    const ready: RawBatch[] = [];
    const rows = new SheetRows(await readContext(file, book, limits), (row, cells) => {
      if (builder.add(row, cells)) ready.push(builder.take());
    });
    const scanner = new XmlScanner(rows, book.sheet.name);
    for await (const piece of decodeXml(openEntry(file, book.sheet))) {
      scanner.push(piece);
      yield* ready.splice(0);
    }
    scanner.end();
    const rest = builder.finish();
    if (rest) yield rest;
  } finally {
    await file.close();
  }
}

async function readContext(file: FileHandle, book: Workbook, limits: ReadLimits): Promise<SheetContext> {
  const { sharedStrings, styles, is1904, isUncalculated } = book;
  const pieces = (entry: ZipEntry, maxBytes: number): AsyncIterable<string> =>
    decodeXml(openEntry(file, entry, maxBytes));
  return {
    strings: sharedStrings ? await readSharedStrings(pieces(sharedStrings, limits.sharedStringBytes)) : [],
    dateKinds: styles ? await readDateKinds(pieces(styles, MAX_STYLES_BYTES)) : [],
    is1904,
    isUncalculated,
    limits,
  };
}
