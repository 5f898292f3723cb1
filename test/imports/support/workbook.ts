import { crc32, deflateRawSync } from 'node:zlib';

const TYPES = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';

export interface Part {
  name: string;
  content: string | Uint8Array;
  /** What the directory claims instead of the truth. */
  declared?: number;
}

export interface ZipOptions {
  /** Sizes and positions stand in the zip64 extra field of each entry. */
  zip64Entries?: boolean;
  /** The directory's place stands in a zip64 end record. */
  zip64End?: boolean;
  /** Sizes and checksum follow the data instead of standing in front of them, as streaming writers do. */
  descriptors?: boolean;
}

const MARK = 0xffffffff;

function zip64Extra(...values: number[]): Buffer {
  const extra = Buffer.alloc(4 + values.length * 8);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(values.length * 8, 2);
  values.forEach((value, index) => extra.writeBigUInt64LE(BigInt(value), 4 + index * 8));
  return extra;
}

/** A zip archive, so that tests can lie about sizes and order. */
export function zip(parts: Part[], options: ZipOptions = {}): Buffer {
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
    const extra = options.zip64Entries ? zip64Extra(declared ?? bytes.length, packed.length, offset) : Buffer.alloc(0);
    if (options.zip64Entries) for (const at of [20, 24, 42]) entry.writeUInt32LE(MARK, at);
    entry.writeUInt16LE(extra.length, 30);
    directory.push(entry, Buffer.from(name), extra);
    offset += 30 + name.length + packed.length;
    if (options.descriptors) {
      local.writeUInt16LE(8, 6);
      const descriptor = Buffer.alloc(16);
      locals.push(descriptor);
      offset += descriptor.length;
    }
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(offset, 16);
  if (!options.zip64End) return Buffer.concat([...locals, listing, end]);
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(BigInt(parts.length), 24);
  record.writeBigUInt64LE(BigInt(parts.length), 32);
  record.writeBigUInt64LE(BigInt(listing.length), 40);
  record.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(offset + listing.length), 8);
  locator.writeUInt32LE(1, 16);
  end.writeUInt16LE(0xffff, 10);
  end.writeUInt32LE(MARK, 16);
  return Buffer.concat([...locals, listing, record, locator, end]);
}

/** A workbook in Excel's order: the sheet before the strings it refers to. */
export function workbook(
  sheetData: string,
  changes: {
    extra?: Part[];
    sheet?: Partial<Part>;
    strings?: string;
    date1904?: boolean;
    /** Codes of number formats 164, 165, …; cells use the first by style 3. */
    formats?: string[];
    isUncalculated?: boolean;
    /** What else happens to the parts before they are packed. */
    change?: (part: Part) => Part;
    zip?: ZipOptions;
  } = {},
): Buffer {
  const relation = (id: string, type: string, target: string): string =>
    `<Relationship Id="${id}" Type="${TYPES}/${type}" Target="${target}"/>`;
  const date1904 = changes.date1904 ? '<workbookPr date1904="1"/>' : '';
  const calculation = changes.isUncalculated ? '<calcPr fullCalcOnLoad="1"/>' : '';
  const formats = changes.formats ?? [];
  const defined = formats.map((code, index) => `<numFmt numFmtId="${164 + index}" formatCode="${code}"/>`).join('');
  const used = formats.map((_code, index) => `<xf numFmtId="${164 + index}"/>`).join('');
  const parts: Part[] = [
    { name: '[Content_Types].xml', content: '<Types/>' },
    {
      name: '_rels/.rels',
      content: `<Relationships>${relation('rId1', 'officeDocument', 'xl/book.xml')}</Relationships>`,
    },
    {
      name: 'xl/book.xml',
      content: `<x:workbook>${date1904}<x:sheets><x:sheet name="A &amp; B" r:id="rId7"/><x:sheet name="other" r:id='rId8'/></x:sheets>${calculation}</x:workbook>`,
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
      content: `<styleSheet><numFmts>${defined}</numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/>${used}</cellXfs></styleSheet>`,
    },
    {
      name: 'xl/strings.xml',
      content:
        changes.strings ??
        '<sst><si><t>id</t></si><si><r><t>wh</t></r><r><t>en</t></r></si><si><t>é&lt;1</t></si></sst>',
    },
    ...(changes.extra ?? []),
  ];
  return zip(changes.change ? parts.map(changes.change) : parts, changes.zip);
}
