import { openRows } from '../../cloud/imports/read/reader';
import { readAttribute, XmlScanner } from '../../cloud/imports/read/xml-scanner';
import { onDisk, readFile, seeded } from './read-support';
import { workbook, zip } from './support/workbook';

const SHEET =
  '<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c></row><row r="3"><c r="B3" s="1"/></row>' +
  '<row r="5"><c r="A5" t="s"><v>2</v></c><c r="B5" s="2"><v>44197.5</v></c></row>' +
  '<row r="6"><c r="A6"><v>12345.0</v></c><c r="B6" s="1"><v>44197</v></c><c r="C6" t="b"><v>1</v></c></row>' +
  '<row r="9"><c r="B9" t="inlineStr"><is><t>2021-01-05</t></is></c></row>';

describe('XLSX', () => {
  it('reads the first sheet with its own row numbers, strings and dates', async () => {
    expect(await readFile(workbook(SHEET), { format: 'xlsx' })).toEqual({
      header: ['id', 'when'],
      rows: [
        { row: 5, cells: ['é<1', '2021-01-01T12:00:00'] },
        { row: 6, cells: [12345, '2021-01-01T00:00:00'], shape: true },
        { row: 9, cells: [null, '2021-01-05'] },
      ],
    });
  });

  it.each(['2', '1', '0', '-1', '1.5', '1048577', '1e300', 'x'])(
    'refuses a row %p after row 2: errors and ids go by it',
    async (number) => {
      const sheet = `<row r="2"><c r="A2"><v>1</v></c></row><row r="${number}"><c><v>2</v></c></row>`;
      await expect(readFile(workbook(sheet), { format: 'xlsx' })).rejects.toThrow(/no valid number/);
    },
  );

  it('reads dates that count from 1904', async () => {
    const { rows } = await readFile(workbook(SHEET, { date1904: true }), { format: 'xlsx' });
    expect(rows[0]?.cells[1]).toBe('2025-01-02T12:00:00');
  });

  it('reads a sheet by name or number and says when there is none', async () => {
    expect((await readFile(workbook(SHEET), { format: 'xlsx', sheet: 'A & B' })).rows).toHaveLength(3);
    expect(await readFile(workbook(SHEET), { format: 'xlsx', sheet: 1 })).toEqual({ header: ['1'], rows: [] });
    await expect(readFile(workbook(SHEET), { format: 'xlsx', sheet: 'C' })).rejects.toThrow(/no sheet "C"/);
  });

  it('refuses truncated and damaged files at every point', async () => {
    const sound = workbook(SHEET);
    for (let length = 0; length < sound.length; length += 97) {
      await expect(readFile(sound.subarray(0, length), { format: 'xlsx' })).rejects.toMatchObject({
        code: 'INVALID_FILE',
      });
    }
    const damaged = Buffer.from(sound);
    const at = damaged.indexOf('xl/data/first.xml') + 60;
    damaged.writeUInt8(damaged.readUInt8(at) ^ 0xff, at);
    await expect(readFile(damaged, { format: 'xlsx' })).rejects.toMatchObject({ code: 'INVALID_FILE' });
    await expect(readFile('id,when\n1,2', { format: 'xlsx' })).rejects.toThrow(/zip archive/);
    await expect(readFile(zip([{ name: 'a.txt', content: 'x' }]), { format: 'xlsx' })).rejects.toThrow(
      /Not an Excel workbook/,
    );
    const cut = workbook('', { sheet: { content: `<worksheet><sheetData>${SHEET}` } });
    await expect(readFile(cut, { format: 'xlsx' })).rejects.toThrow(/ends too early/);
  });

  it('never reads a changed byte as other rows', async () => {
    const sound = workbook(SHEET);
    const wanted = await readFile(sound, { format: 'xlsx' });
    const random = seeded(5);
    for (let round = 0; round < 150; round++) {
      const changed = Buffer.from(sound);
      const at = Math.floor(random() * changed.length);
      changed.writeUInt8(changed.readUInt8(at) ^ (1 << Math.floor(random() * 8)), at);
      const outcome = await readFile(changed, { format: 'xlsx' }).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'INVALID_FILE' });
      else expect(outcome).toEqual(wanted);
    }
  });

  it('refuses bombs, declared and forged', async () => {
    const zeros = Buffer.alloc(11 * 1024 * 1024, 0x20);
    const spaces = { content: Buffer.concat([Buffer.from('<worksheet>'), zeros, Buffer.from('</worksheet>')]) };
    await expect(
      readFile(workbook('', { sheet: spaces }), { format: 'xlsx', limits: { ratioFromBytes: 10_000_000 } }),
    ).rejects.toThrow(/250 times its size/);
    // A picture is not unpacked.
    const picture = { name: 'xl/media/x', content: zeros };
    expect((await readFile(workbook(SHEET, { extra: [picture] }), { format: 'xlsx' })).rows).toHaveLength(3);
    const sheet = { content: Buffer.concat([Buffer.from('<worksheet>'), zeros]), declared: 1000 };
    await expect(readFile(workbook('', { sheet }), { format: 'xlsx' })).rejects.toThrow(/more than it declares/);
    const limits = { inflatedBytes: 500 };
    await expect(readFile(workbook(SHEET), { format: 'xlsx', limits })).rejects.toThrow(
      /unpacks to more than 500 bytes/,
    );
    const strings = { sharedStringBytes: 20 };
    await expect(readFile(workbook(SHEET), { format: 'xlsx', limits: strings })).rejects.toThrow(/20 are allowed/);
  });

  it('refuses cells far to the right before making room for them', async () => {
    for (const reference of ['XFD2', 'ALM2', 'ABCDEF2', '&#88;FD2', 'Z'.repeat(500)]) {
      const data = `<row r="2"><c r="${reference}"><v>1</v></c></row>`.repeat(10_000);
      await expect(readFile(workbook(data), { format: 'xlsx' })).rejects.toThrow(/beyond the first 1000 columns/);
    }
  });

  it('refuses a DOCTYPE and overlong cells', async () => {
    const strings = '<!DOCTYPE sst [<!ENTITY a "aaaa">]><sst><si><t>&a;</t></si></sst>';
    await expect(readFile(workbook(SHEET, { strings }), { format: 'xlsx' })).rejects.toThrow(/DOCTYPE/);
    const limits = { cellLength: 1 };
    await expect(readFile(workbook(SHEET), { format: 'xlsx', limits })).rejects.toThrow(/Row 2: a cell is longer/);
  });

  it('waits for a slow consumer, and stops when it is left', async () => {
    const data = Array.from(
      { length: 30_000 },
      (_, index) => `<row r="${index + 1}"><c r="A${index + 1}"><v>${index}</v></c></row>`,
    );
    const path = onDisk(workbook(data.join('')));
    let next = 2;
    for await (const { rows } of openRows({ path }, { format: 'xlsx' })) {
      expect(rows.length).toBeLessThanOrEqual(2000);
      for (const { row } of rows) if (row !== next++) throw new Error(`row ${row} is out of order`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(next).toBe(30_001);
    for await (const batch of openRows({ path }, { format: 'xlsx' })) {
      expect(batch.rows).toHaveLength(2000);
      break;
    }
  });
});

describe('XmlScanner', () => {
  const events = (xml: string, length: number): string[] => {
    const heard: string[] = [];
    let text = '';
    const flush = (): void => {
      if (text !== '') heard.push(JSON.stringify(text));
      text = '';
    };
    const scanner = new XmlScanner(
      {
        wantsText: true,
        open: (name, attributes) => (flush(), heard.push(`<${name}|${readAttribute(attributes, 'r')}`)),
        close: (name) => (flush(), heard.push(`>${name}`)),
        text: (piece) => void (text += piece),
      },
      'test',
    );
    for (let at = 0; at < xml.length; at += length) scanner.push(xml.slice(at, at + length));
    scanner.end();
    return heard;
  };

  it('hears the same however the text is cut', () => {
    const xml =
      '<?xml version="1.0"?>\n<!-- <a> --><x:a s=" r=\'0\'" r="1&gt;2"><b r = \'q"\' />t&amp;&#x41;<![CDATA[<&amp;>]]>u<c\tz="/>"\n r="3"></c ></x:a>\n';
    const wanted = ['<a|1>2', '<b|q"', '>b', '"t&A<&amp;>u"', '<c|3', '>c', '>a'];
    for (let length = 1; length <= xml.length; length++) {
      expect(events(xml, length).filter((event) => event !== '"\\n"')).toEqual(wanted);
    }
  });

  test.each(['', '<a>', '<a></b>', '</a>', '<a/><!DOCTYPE a><b/>', '<a/>x', '<a', '<!-- a -->', '<a b="></a>'])(
    'refuses %p',
    (xml) => {
      expect(() => events(xml, 1)).toThrow(expect.objectContaining({ code: 'INVALID_FILE' }) as Error);
      expect(() => events(xml, 1000)).toThrow(expect.objectContaining({ code: 'INVALID_FILE' }) as Error);
    },
  );
});
