import { readFile } from './read-support';
import { workbook, zip, type Part } from './support/workbook';

const SHEET =
  '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>' +
  '<row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2" s="1"><v>44197</v></c></row>';
const WANTED = { header: ['id', 'when'], rows: [{ row: 2, cells: ['é<1', '2021-01-01T00:00:00'] }] };

/** Changes one part's text. */
const part =
  (name: string, change: (text: string) => string | Buffer) =>
  (given: Part): Part =>
    given.name === name ? { ...given, content: change(String(given.content)) } : given;
const renamed =
  (change: (name: string) => string) =>
  (given: Part): Part => ({ ...given, name: change(given.name) });
const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');

describe('containers of workbooks', () => {
  it.each<[string, Parameters<typeof workbook>[1]]>([
    ['zip64 sizes of entries', { zip: { zip64Entries: true } }],
    ['a zip64 end record', { zip: { zip64End: true } }],
    ['both, and sizes behind the data', { zip: { zip64Entries: true, zip64End: true, descriptors: true } }],
    ['sizes behind the data', { zip: { descriptors: true } }],
    ['names with backslashes', { change: renamed((name) => name.replaceAll('/', '\\')) }],
    ['names in other letter case', { change: renamed((name) => name.toUpperCase()) }],
    ['names that begin with a slash', { change: renamed((name) => `/${name}`) }],
    [
      'targets with backslashes',
      { change: part('xl/_rels/book.xml.rels', (xml) => xml.replace('data/second', 'data\\second')) },
    ],
    [
      'names with percent signs',
      {
        change: (one) => ({
          ...one,
          name: one.name.replace('strings', 'my%20strings'),
          content: String(one.content).replace('strings.xml', 'my%20strings.xml'),
        }),
      },
    ],
    [
      'an encoding that the part names',
      {
        change: part('xl/strings.xml', (xml) =>
          Buffer.from(`<?xml version="1.0" encoding="ISO-8859-1"?>${xml}`, 'latin1'),
        ),
      },
    ],
    ['UTF-16 with a mark', { change: part('xl/book.xml', (xml) => utf16(`\uFEFF${xml}`)) }],
    ['UTF-16 without one', { change: part('xl/data/first.xml', (xml) => utf16(xml).swap16()) }],
    ['UTF-8 with a mark', { change: part('xl/_rels/book.xml.rels', (xml) => `\uFEFF${xml}`) }],
    ['prefixed names', { change: part('xl/data/first.xml', (xml) => xml.replace(/<(\/?)/g, '<$1x:')) }],
    [
      'Strict OOXML',
      {
        change: (one) => ({
          ...one,
          content: String(one.content).replaceAll(
            'schemas.openxmlformats.org/officeDocument/2006',
            'purl.oclc.org/ooxml/officeDocument',
          ),
        }),
      },
    ],
  ])('reads %s', async (_name, changes) => {
    expect(await readFile(workbook(SHEET, changes), { format: 'xlsx' })).toEqual(WANTED);
  });

  it('refuses zip64 records that are wrong', async () => {
    const sound = workbook(SHEET, { zip: { zip64End: true, zip64Entries: true } });
    const at = sound.indexOf('PK\x06\x06', 0, 'latin1');
    for (const [offset, value] of [
      [0, 0n],
      [40, 1n << 62n],
      [48, (1n << 64n) - 1n],
      [32, 1n << 40n],
    ] as const) {
      const changed = Buffer.from(sound);
      changed.writeBigUInt64LE(value, at + offset);
      await expect(readFile(changed, { format: 'xlsx' })).rejects.toMatchObject({ code: 'INVALID_FILE' });
    }
    const locator = sound.indexOf('PK\x06\x07', 0, 'latin1');
    const lost = Buffer.from(sound);
    lost.writeUInt32LE(0, locator);
    await expect(readFile(lost, { format: 'xlsx' })).rejects.toThrow(/zip64/);
  });

  /** The start of a compound file: header, then a directory with one name. */
  const compound = (stream: string): Buffer => {
    const file = Buffer.alloc(2048);
    file.write('d0cf11e0a1b11ae1', 0, 'hex');
    file.writeUInt16LE(9, 30);
    file.writeUInt32LE(1, 48);
    file.write(stream, 1024, 'utf16le');
    return file;
  };
  const rels = (target: string): Part => ({
    name: '_rels/.rels',
    content: `<Relationships><Relationship Id="a" Type="x/officeDocument" Target="${target}"/></Relationships>`,
  });
  it.each<[string, Uint8Array | string, RegExp]>([
    ['an encrypted workbook', compound('EncryptedPackage'), /protected by a password/],
    ['an old workbook', compound('Workbook'), /old Excel file \(\.xls\)/],
    ['CSV', 'id,when\n1,2', /^Text, not an Excel workbook/],
    ['a page', '\n<html><table>', /^HTML or XML/],
    ['a PDF', '%PDF-1.7\n', /^A PDF/],
    ['other bytes', Buffer.from([1, 0, 2, 0]), /zip archive/],
    [
      'OpenDocument',
      zip([
        { name: 'mimetype', content: 'x' },
        { name: 'content.xml', content: '<x/>' },
      ]),
      /OpenDocument/,
    ],
    ['Numbers', zip([{ name: 'Index/Document.iwa', content: 'x' }]), /Numbers/],
    ['a binary workbook', zip([rels('xl/workbook.bin'), { name: 'xl/workbook.bin', content: 'x' }]), /\.xlsb/],
    [
      'a text document',
      zip([
        rels('word/document.xml'),
        { name: 'word/_rels/document.xml.rels', content: '<a/>' },
        { name: 'word/document.xml', content: '<document/>' },
      ]),
      /another Office document/,
    ],
    ['another archive', zip([{ name: 'a.txt', content: 'x' }]), /names no workbook/],
  ])('says what %s is instead', async (_name, content, message) => {
    await expect(readFile(content, { format: 'xlsx' })).rejects.toMatchObject({
      code: 'INVALID_FILE',
      message: expect.stringMatching(message) as string,
    });
  });
});
