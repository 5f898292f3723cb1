import { invalidFile } from './row-batch';

/** What a part of a workbook wants to hear. Names come without their prefix. */
export interface XmlHandler {
  /** Text is cut out and decoded only while this is true. */
  wantsText: boolean;
  open(name: string, attributes: string): void;
  close(name: string): void;
  text(text: string): void;
}

const SLASH = 47;
const BANG = 33;
const QUESTION = 63;
const GREATER = 62;
/** A tag or a text that spans more than this is no spreadsheet. */
const MAX_TOKEN = 8 * 1024 * 1024;

/**
 * Scans XML text, fed in pieces, at the speed a sheet of millions of cells needs: attributes stay raw until asked
 * for, text that nobody wants is never cut out. Only what OOXML writers produce; a DOCTYPE, and with it every entity
 * beyond the five of XML, is refused.
 */
export class XmlScanner {
  private carry = '';
  private readonly path: string[] = [];
  private hasRoot = false;

  /** @param part what error messages call the document */
  constructor(
    private readonly handler: XmlHandler,
    private readonly part: string,
  ) {}

  /** @throws AppError INVALID_FILE */
  push(piece: string): void {
    const text = this.carry + piece;
    let position = 0;
    for (;;) {
      const tag = text.indexOf('<', position);
      if (tag < 0) break;
      if (tag > position) {
        if (this.handler.wantsText) this.handler.text(decodeEntities(withPlainBreaks(text.slice(position, tag))));
        position = tag;
      }
      const next = this.readMarkup(text, tag);
      if (next < 0) break;
      position = next;
    }
    this.carry = text.slice(position);
    if (this.carry.length > MAX_TOKEN) throw this.refuse('holds a text or tag that is too long');
  }

  /** @throws AppError INVALID_FILE when the document is not complete */
  end(): void {
    if (!this.hasRoot || this.path.length > 0 || this.carry.trim() !== '') throw this.refuse('ends too early');
  }

  /** Returns where the markup ends, or -1 when more text must come. */
  private readMarkup(text: string, start: number): number {
    const code = text.charCodeAt(start + 1);
    if (code === SLASH) return this.readClose(text, start);
    if (code === BANG) return this.readDeclaration(text, start);
    if (code === QUESTION) return after(text, '?>', start);
    const end = findTagEnd(text, start);
    if (end < 0) return -1;
    const isEmpty = text.charCodeAt(end - 1) === SLASH;
    const content = text.slice(start + 1, isEmpty ? end - 1 : end);
    const space = content.search(/\s/);
    const fullName = space < 0 ? content : content.slice(0, space);
    this.hasRoot = true;
    this.handler.open(withoutPrefix(fullName), space < 0 ? '' : content.slice(space));
    if (isEmpty) this.handler.close(withoutPrefix(fullName));
    else this.path.push(fullName);
    return end + 1;
  }

  private readClose(text: string, start: number): number {
    const end = text.indexOf('>', start);
    if (end < 0) return -1;
    const fullName = text.slice(start + 2, end).trimEnd();
    if (this.path.pop() !== fullName) throw this.refuse(`closes <${fullName.slice(0, 50)}> where it is not open`);
    this.handler.close(withoutPrefix(fullName));
    return end + 1;
  }

  private readDeclaration(text: string, start: number): number {
    if (text.startsWith('<!--', start)) return after(text, '-->', start + 4);
    if (text.startsWith('<![CDATA[', start)) {
      const next = after(text, ']]>', start);
      if (next > 0 && this.handler.wantsText) this.handler.text(withPlainBreaks(text.slice(start + 9, next - 3)));
      return next;
    }
    if (text.length - start < 9) return -1;
    throw this.refuse('contains a DOCTYPE, which is refused');
  }

  private refuse(what: string): Error {
    return invalidFile(`The workbook's part ${this.part} ${what}.`, { part: this.part });
  }
}

/** One attribute of a raw attribute text, or undefined. */
export function readAttribute(attributes: string, name: string): string | undefined {
  const start = attributes.indexOf(` ${name}="`);
  const isPlain = !attributes.includes("'");
  if (start >= 0 && isPlain) {
    const from = start + name.length + 3;
    return decodeEntities(attributes.slice(from, attributes.indexOf('"', from)));
  }
  if (isPlain && !/[\t\r\n]|\s=|=\s/.test(attributes)) return undefined;
  for (const [, key, double, single] of attributes.matchAll(/([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    if (key === name) return decodeEntities(double ?? single ?? '');
  }
  return undefined;
}

/** A `>` within a quoted attribute value does not end the tag. */
function findTagEnd(text: string, start: number): number {
  let quote = 0;
  for (let index = start + 1; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (quote !== 0) {
      if (code === quote) quote = 0;
    } else if (code === 34 || code === 39) quote = code;
    else if (code === GREATER) return index;
  }
  return -1;
}

function after(text: string, mark: string, from: number): number {
  const index = text.indexOf(mark, from);
  return index < 0 ? -1 : index + mark.length;
}

function withoutPrefix(name: string): string {
  const colon = name.indexOf(':');
  return colon < 0 ? name : name.slice(colon + 1);
}

/** XML reads every line break as LF, but for one written as an entity. */
function withPlainBreaks(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}

const ENTITIES = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['amp', '&'],
]);

function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(
    /&(?:#x([\da-f]{1,6})|#(\d{1,7})|(\w+));/gi,
    (whole, hex?: string, decimal?: string, name: string = '') => {
      if (hex === undefined && decimal === undefined) return ENTITIES.get(name) ?? whole;
      const code = hex === undefined ? Number(decimal) : parseInt(hex, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}
