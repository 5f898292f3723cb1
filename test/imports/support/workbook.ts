import { crc32, deflateRawSync } from 'node:zlib';

const TYPES = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';

export interface Part {
  name: string;
  content: string | Uint8Array;
  /** What the directory claims instead of the truth. */
  declared?: number;
}

/** A zip archive, so that tests can lie about sizes and order. */
export function zip(parts: Part[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content, declared } of parts) {
    const bytes = Buffer.from(content as Uint8Array);
    const packed = deflateRawSync(bytes);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(8, 10);
    entry.writeUInt32LE(crc32(bytes), 16);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(declared ?? bytes.length, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(offset, 42);
    locals.push(local, Buffer.from(name), packed);
    directory.push(entry, Buffer.from(name));
    offset += 30 + name.length + packed.length;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, listing, end]);
}

/** A workbook in Excel's order: the sheet before the strings it refers to. */
export function workbook(
  sheetData: string,
  changes: { extra?: Part[]; sheet?: Partial<Part>; strings?: string; date1904?: boolean } = {},
): Buffer {
  const relation = (id: string, type: string, target: string): string =>
    `<Relationship Id="${id}" Type="${TYPES}/${type}" Target="${target}"/>`;
  const date1904 = changes.date1904 ? '<workbookPr date1904="1"/>' : '';
  return zip([
    { name: '[Content_Types].xml', content: '<Types/>' },
    {
      name: '_rels/.rels',
      content: `<Relationships>${relation('rId1', 'officeDocument', 'xl/book.xml')}</Relationships>`,
    },
    {
      name: 'xl/book.xml',
      content: `<x:workbook>${date1904}<x:sheets><x:sheet name="A &amp; B" r:id="rId7"/><x:sheet name="other" r:id='rId8'/></x:sheets></x:workbook>`,
    },
    {
      name: 'xl/_rels/book.xml.rels',
      content:
        `<Relationships>${relation('rId7', 'worksheet', '/xl/data/first.xml')}${relation('rId8', 'worksheet', 'data/second.xml')}` +
        `${relation('rId1', 'styles', 'styles.xml')}${relation('rId2', 'sharedStrings', 'strings.xml')}</Relationships>`,
    },
    {
      name: 'xl/data/first.xml',
      content: `<worksheet><sheetData>${sheetData}</sheetData></worksheet>\n`,
      ...changes.sheet,
    },
    {
      name: 'xl/data/second.xml',
      content: '<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData></worksheet>',
    },
    {
      name: 'xl/styles.xml',
      content: '<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/></cellXfs></styleSheet>',
    },
    {
      name: 'xl/strings.xml',
      content:
        changes.strings ??
        '<sst><si><t>id</t></si><si><r><t>wh</t></r><r><t>en</t></r></si><si><t>é&lt;1</t></si></sst>',
    },
    ...(changes.extra ?? []),
  ]);
}
