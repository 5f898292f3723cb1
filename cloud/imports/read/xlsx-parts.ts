import { dateKindOf, type DateKind } from './xlsx-dates';
import { readAttribute, XmlScanner, type XmlHandler } from './xml-scanner';

/** The texts of the shared-strings part by index; phonetic readings are not part of a text. */
export async function readSharedStrings(pieces: AsyncIterable<string>): Promise<string[]> {
  const strings: string[] = [];
  let current = '';
  let isPhonetic = false;
  const handler: XmlHandler = {
    wantsText: false,
    open(name) {
      if (name === 'si') current = '';
      else if (name === 'rPh') isPhonetic = true;
      else if (name === 't') handler.wantsText = !isPhonetic;
    },
    close(name) {
      if (name === 't') handler.wantsText = false;
      else if (name === 'rPh') isPhonetic = false;
      else if (name === 'si') strings.push(unescapeText(current));
    },
    text(text) {
      current += text;
    },
  };
  await scan(pieces, handler, 'sharedStrings');
  return strings;
}

/** For each cell style, what its number format makes of numbers. */
export async function readDateKinds(pieces: AsyncIterable<string>): Promise<DateKind[]> {
  const formats = new Map<number, string>();
  const styles: number[] = [];
  let isInCellFormats = false;
  await scan(
    pieces,
    {
      wantsText: false,
      open(name, attributes) {
        if (name === 'cellXfs') isInCellFormats = true;
        else if (name === 'numFmt') formats.set(numberOf(attributes), readAttribute(attributes, 'formatCode') ?? '');
        else if (name === 'xf' && isInCellFormats) styles.push(numberOf(attributes));
      },
      close(name) {
        if (name === 'cellXfs') isInCellFormats = false;
      },
      text() {},
    },
    'styles',
  );
  return styles.map((id) => dateKindOf(id, formats.get(id)));
}

/** `_x000D_` is how OOXML writes a character that XML cannot hold. */
export function unescapeText(text: string): string {
  if (!text.includes('_x')) return text;
  return text.replace(/_x([\da-fA-F]{4})_/g, (_whole, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

async function scan(pieces: AsyncIterable<string>, handler: XmlHandler, part: string): Promise<void> {
  const scanner = new XmlScanner(handler, part);
  for await (const piece of pieces) scanner.push(piece);
  scanner.end();
}

function numberOf(attributes: string): number {
  return Number(readAttribute(attributes, 'numFmtId') ?? 0);
}
