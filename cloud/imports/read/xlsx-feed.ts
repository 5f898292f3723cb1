import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { invalidFile, type ReadLimits } from './row-batch';
import type { Workbook } from './xlsx-package';
import type { ZipEntry } from './zip-directory';
import { openEntry, readEntry } from './zip-entry';

const MAX_STYLES_BYTES = 16 * 1024 * 1024;
const RELATIONS = 'http://schemas.openxmlformats.org/package/2006/relationships';
const TYPES = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';

/**
 * Lets the consumer of rows hold back the bytes of the sheet. The library parses whatever it can get and queues the
 * rows, so that memory is bounded only by what it is given.
 */
export class FeedGate {
  private waiting: (() => void) | undefined;
  private isOpen = true;
  /** Bytes given since the last row came out. */
  private unanswered = 0;

  constructor(private readonly limits: ReadLimits) {}

  close(): void {
    this.isOpen = false;
  }

  open(): void {
    this.isOpen = true;
    this.waiting?.();
    this.waiting = undefined;
  }

  /** A row came out. */
  noteRow(): void {
    this.unanswered = 0;
  }

  /** Waits for its turn: one piece a turn of the event loop, so that the rows of the last are consumed before. */
  async pass(bytes: number): Promise<void> {
    this.unanswered += bytes;
    if (this.unanswered > this.limits.sheetGapBytes) {
      throw invalidFile(`The sheet has more than ${this.limits.sheetGapBytes} bytes without a row.`);
    }
    await new Promise((resolve) => setImmediate(resolve));
    while (!this.isOpen) await new Promise<void>((resolve) => (this.waiting = resolve));
  }
}

/**
 * The one sheet, unpacked and checked, as a minimal workbook that can be read front to back: the library's streaming
 * mode needs strings and styles before the sheet, which Excel writes in the other order, and its other mode neither
 * limits nor checks what it unpacks.
 */
export async function* feedWorkbook(
  file: FileHandle,
  book: Workbook,
  limits: ReadLimits,
  gate: FeedGate,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* text('[Content_Types].xml', '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>');
  yield* text('_rels/.rels', relations([['rId1', 'officeDocument', 'xl/workbook.xml']]));
  yield* text('xl/workbook.xml', workbookXml(book.is1904));
  const parts: [string, string, string][] = [['rId1', 'worksheet', 'worksheets/sheet1.xml']];
  if (book.styles) parts.push(['rId2', 'styles', 'styles.xml']);
  if (book.sharedStrings) parts.push(['rId3', 'sharedStrings', 'sharedStrings.xml']);
  yield* text('xl/_rels/workbook.xml.rels', relations(parts));
  if (book.styles) yield* stored('xl/styles.xml', await readEntry(file, book.styles, MAX_STYLES_BYTES));
  if (book.sharedStrings) {
    yield* stored('xl/sharedStrings.xml', await readEntry(file, book.sharedStrings, limits.sharedStringBytes));
  }
  yield localHeader('xl/worksheets/sheet1.xml', book.sheet);
  for await (const block of inBlocks(checkSheet(openEntry(file, book.sheet), limits))) {
    await gate.pass(block.length);
    yield block;
  }
}

/** The library asks for this many bytes at a time and joins smaller pieces one by one, which is quadratic. */
const BLOCK_BYTES = 1024 * 1024;

async function* inBlocks(pieces: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array, void, undefined> {
  let block = Buffer.allocUnsafe(BLOCK_BYTES);
  let filled = 0;
  for await (const piece of pieces) {
    let copied = 0;
    while (copied < piece.length) {
      const count = piece.copy(block, filled, copied);
      copied += count;
      filled += count;
      if (filled < BLOCK_BYTES) continue;
      yield block;
      block = Buffer.allocUnsafe(BLOCK_BYTES);
      filled = 0;
    }
  }
  if (filled > 0) yield block.subarray(0, filled);
}

/** Longest cell reference with its attribute name, and the closing tag with some white space after it. */
const OVERLAP = 64;

/**
 * What the library takes on trust: that the XML is all there, and that a row is no wider than allowed (it makes room
 * for every column up to the last, so that a short file of far-right cells would take gigabytes).
 */
async function* checkSheet(pieces: AsyncIterable<Buffer>, limits: ReadLimits): AsyncGenerator<Buffer, void, undefined> {
  let tail = '';
  for await (const piece of pieces) {
    const seen = tail + piece.toString('latin1');
    for (const [, letters = '&'] of seen.matchAll(/\sr\s*=\s*["'](?:&|([A-Za-z]{3,})\d)/g)) {
      if (columnNumber(letters) > limits.columns) {
        throw invalidFile(
          `The sheet has a cell in column ${letters.slice(0, 10)}; ${limits.columns} columns are allowed.`,
        );
      }
    }
    tail = seen.slice(-OVERLAP);
    yield piece;
  }
  if (!/<\/(?:[\w.-]+:)?worksheet\s*>\s*$/.test(tail)) throw invalidFile('The XML of the sheet ends too early.');
}

/** 1 for A; an entity in place of letters, which no program writes, counts as beyond every limit. */
function columnNumber(letters: string): number {
  if (letters.startsWith('&')) return Infinity;
  let column = 0;
  for (const letter of letters.toUpperCase()) column = column * 26 + letter.charCodeAt(0) - 64;
  return column;
}

function* text(name: string, xml: string): Generator<Uint8Array> {
  yield* stored(name, Buffer.from(xml));
}

function* stored(name: string, content: Buffer): Generator<Uint8Array> {
  if (content.subarray(0, 4096).toString('latin1').toUpperCase().includes('<!DOCTYPE')) {
    throw invalidFile('The workbook contains a DOCTYPE, which is refused.');
  }
  yield localHeader(name, { bytes: content.length, crc: crc32(content) });
  yield content;
}

function localHeader(name: string, { bytes, crc }: Pick<ZipEntry, 'bytes' | 'crc'>): Uint8Array {
  const header = Buffer.alloc(30 + name.length);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(20, 4);
  header.writeUInt32LE(crc, 14);
  header.writeUInt32LE(bytes, 18);
  header.writeUInt32LE(bytes, 22);
  header.writeUInt16LE(name.length, 26);
  header.write(name, 30, 'latin1');
  return header;
}

function relations(list: [string, string, string][]): string {
  const items = list.map(
    ([id, type, target]) => `<Relationship Id="${id}" Type="${TYPES}/${type}" Target="${target}"/>`,
  );
  return `<Relationships xmlns="${RELATIONS}">${items.join('')}</Relationships>`;
}

function workbookXml(is1904: boolean): string {
  return (
    `<workbook xmlns="${MAIN}" xmlns:r="${TYPES}"><workbookPr date1904="${is1904 ? 1 : 0}"/>` +
    '<sheets><sheet name="data" sheetId="1" r:id="rId1"/></sheets></workbook>'
  );
}
