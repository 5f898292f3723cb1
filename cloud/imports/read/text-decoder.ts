import { isAscii, isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { invalidFile } from './row-batch';

/** The longest byte order mark that is looked for. */
const MARK_BYTES = 3;
const DECLARED = /^<\?xml[^>]*\sencoding\s*=\s*["']([\w.:-]+)/;
const MAX_DECLARATION = 200;

/**
 * Bytes as text: UTF-8, or UTF-16 with a byte order mark. Encodings are never guessed: a wrong guess would store
 * wrong names without anyone noticing.
 * @throws AppError INVALID_FILE for anything else and for NUL, naming the byte offset
 */
export function decodeText(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  return decode(chunks, chooseDecoder);
}

/** The same for XML, whose first characters tell UTF-16 without a mark, and any other encoding, too. */
export function decodeXml(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  return decode(chunks, (head) => {
    if (head[0] === 0x3c && head[1] === 0) return [new Utf16Decoder(false, 0), head];
    if (head[0] === 0 && head[1] === 0x3c) return [new Utf16Decoder(true, 0), head];
    const name = DECLARED.exec(head.toString('latin1', 0, MAX_DECLARATION))?.[1];
    return name === undefined || /^utf-?(8|16)$/i.test(name) ? chooseDecoder(head) : [new DeclaredDecoder(name), head];
  });
}

async function* decode(
  chunks: AsyncIterable<Uint8Array>,
  choose: (head: Buffer) => [BlockDecoder, Buffer],
): AsyncGenerator<string, void, undefined> {
  let decoder: BlockDecoder | undefined;
  let head: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    let block: Buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (decoder === undefined) {
      head = head.length === 0 ? block : Buffer.concat([head, block]);
      if (head.length < MARK_BYTES) continue;
      [decoder, block] = choose(head);
    }
    const text = decoder.decode(block);
    if (text !== '') yield text;
  }
  if (decoder === undefined) {
    const [last, block] = choose(head);
    yield last.decode(block);
    last.end();
  } else decoder.end();
}

interface BlockDecoder {
  decode(block: Buffer): string;
  /** Refuses a character cut off by the end of the file. */
  end(): void;
}

function chooseDecoder(head: Buffer): [BlockDecoder, Buffer] {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return [new Utf8Decoder(3), head.subarray(3)];
  if (head[0] === 0xff && head[1] === 0xfe) return [new Utf16Decoder(false, 2), head.subarray(2)];
  if (head[0] === 0xfe && head[1] === 0xff) return [new Utf16Decoder(true, 2), head.subarray(2)];
  return [new Utf8Decoder(0), head];
}

/** Cuts blocks at character boundaries and remembers where in the file they begin. */
class Utf8Decoder implements BlockDecoder {
  private rest: Buffer = Buffer.alloc(0);

  constructor(private offset: number) {}

  decode(block: Buffer): string {
    const bytes = this.rest.length === 0 ? block : Buffer.concat([this.rest, block]);
    const end = completeLength(bytes);
    const whole = bytes.subarray(0, end);
    // Copied: the source may reuse its buffer.
    this.rest = Buffer.from(bytes.subarray(end));
    refuseNul(whole.indexOf(0), this.offset);
    const ascii = isAscii(whole);
    if (!ascii && !isUtf8(whole)) throw notUtf8(this.offset + firstInvalid(whole));
    this.offset += end;
    return whole.toString(ascii ? 'latin1' : 'utf8');
  }

  end(): void {
    if (this.rest.length > 0) throw notUtf8(this.offset);
  }
}

class Utf16Decoder implements BlockDecoder {
  private rest: Buffer = Buffer.alloc(0);

  constructor(
    private readonly isBigEndian: boolean,
    private offset: number,
  ) {}

  decode(block: Buffer): string {
    const bytes = Buffer.concat([this.rest, block]);
    let end = bytes.length - (bytes.length % 2);
    const lastUnit = end === 0 ? 0 : this.isBigEndian ? bytes.readUInt16BE(end - 2) : bytes.readUInt16LE(end - 2);
    if (lastUnit >= 0xd800 && lastUnit <= 0xdbff) end -= 2;
    const whole = bytes.subarray(0, end);
    this.rest = Buffer.from(bytes.subarray(end));
    if (this.isBigEndian) whole.swap16();
    const text = whole.toString('utf16le');
    const nul = text.indexOf('\0');
    refuseNul(nul < 0 ? nul : nul * 2, this.offset);
    const half = text.search(/\p{Surrogate}/u);
    if (half >= 0) throw notUtf16(this.offset + half * 2);
    this.offset += end;
    return text;
  }

  end(): void {
    if (this.rest.length > 0) throw notUtf16(this.offset);
  }
}

/** An encoding that the document names. */
class DeclaredDecoder implements BlockDecoder {
  private readonly decoder: TextDecoder;

  constructor(private readonly name: string) {
    try {
      this.decoder = new TextDecoder(name, { fatal: true });
    } catch (error) {
      throw invalidFile(`The encoding ${name.slice(0, 40)} is not known. Save the file as UTF-8.`, {}, error);
    }
  }

  decode(block: Buffer): string {
    return this.attempt(() => this.decoder.decode(block, { stream: true }));
  }

  end(): void {
    this.attempt(() => this.decoder.decode());
  }

  private attempt(decode: () => string): string {
    try {
      return decode();
    } catch (error) {
      throw invalidFile(`Not valid ${this.name}, as which the part of the workbook calls itself.`, {}, error);
    }
  }
}

/** Length without a last character whose bytes have not all come. */
function completeLength(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return needed > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** Bisects: once a prefix is invalid, every longer one is. */
function firstInvalid(bytes: Buffer): number {
  let valid = 0;
  let invalid = bytes.length;
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    const prefix = bytes.subarray(0, middle);
    if (isUtf8(prefix.subarray(0, completeLength(prefix)))) valid = middle;
    else invalid = middle;
  }
  return completeLength(bytes.subarray(0, valid));
}

function refuseNul(index: number, offset: number): void {
  if (index < 0) return;
  throw invalidFile(`A NUL byte at byte ${offset + index}: this is no text file.`, { byte: offset + index });
}

function notUtf8(byte: number): Error {
  return invalidFile(`Not valid UTF-8 at byte ${byte}. Save the file as UTF-8.`, { byte });
}

function notUtf16(byte: number): Error {
  return invalidFile(`Not valid UTF-16 at byte ${byte}. Save the file as UTF-8.`, { byte });
}
