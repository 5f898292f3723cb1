import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { multiplyToMinorUnits } from '../../cloud/imports/convert/money';
import { parseInstant } from '../../cloud/imports/convert/dates';
import { openRowsFromArray } from '../../cloud/imports/read/array';
import { readCsv } from '../../cloud/imports/read/csv';
import { detectFormat, requireReadable } from '../../cloud/imports/read/detect-format';
import { openRows } from '../../cloud/imports/read/reader';
import { DEFAULT_READ_LIMITS } from '../../cloud/imports/read/row-batch';
import { collect, datasets, onDisk, readFile, seeded, type Result } from './read-support';

/** The bytes in pieces of the given length. */
async function* pieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield Buffer.from(bytes.subarray(at, at + length));
}

function readText(content: string | Uint8Array, length = 1 << 16, limits = DEFAULT_READ_LIMITS): Promise<Result> {
  return collect(readCsv(pieces(Buffer.from(content as Uint8Array), length), limits));
}

async function cellsOf(content: string | Uint8Array): Promise<unknown[][]> {
  return (await readText(content)).rows.map(({ cells }) => cells);
}

describe('CSV', () => {
  it('numbers a row by the line it starts on', async () => {
    const { header, rows } = await readText('a,b\n1,"x\ny"\r\n\n2,"p\r\nq\rr"\r3,z');
    expect(header).toEqual(['a', 'b']);
    expect(rows).toEqual([
      { row: 2, cells: ['1', 'x\ny'] },
      { row: 5, cells: ['2', 'p\r\nq\rr'] },
      { row: 8, cells: ['3', 'z'] },
    ]);
  });

  test.each(['\n', '\r\n', '\r'])('reads lines that end with %j, with and without a last one', async (end) => {
    const text = ['a,b', '1,2', '', ' , ', ',', '3,4'].join(end);
    for (const content of [text, text + end, text + end + end]) {
      expect((await readText(content)).rows).toEqual([
        { row: 2, cells: ['1', '2'] },
        { row: 6, cells: ['3', '4'] },
      ]);
    }
  });

  it('fills missing cells, drops empty extra ones and marks rows with more', async () => {
    const { rows } = await readText('a,b,c\n1\n1,2,3,,\n1,2,3,4\n1,2,3," "\n');
    expect(rows).toEqual([
      { row: 2, cells: ['1', '', ''] },
      { row: 3, cells: ['1', '2', '3'] },
      { row: 4, cells: ['1', '2', '3'], shape: true },
      { row: 5, cells: ['1', '2', '3'] },
    ]);
  });

  test.each([',', ';', '\t', '|'])('finds the delimiter %j', async (delimiter) => {
    const rows = [
      ['id', 'note, long; x|y', 'n'],
      ['1', 'a,b;c|d\te', '1,5'],
      ['2', '', '2,5'],
    ];
    const text = rows.map((row) => row.map((cell) => `"${cell}"`).join(delimiter)).join('\n');
    expect(await cellsOf(text)).toEqual(rows.slice(1));
  });

  it('takes a file of one column, and decimal commas between semicolons', async () => {
    expect(await cellsOf('name\nAnn; Bob|x\nCy')).toEqual([['Ann; Bob|x'], ['Cy']]);
    expect(await cellsOf('a;b\n1,5;2,5\n3,5;4,5')).toEqual([
      ['1,5', '2,5'],
      ['3,5', '4,5'],
    ]);
  });

  it('takes a quote within an unquoted cell literally', async () => {
    expect(await cellsOf('a,b\n6" nail,x"y"\n"q","r ""s"""\n')).toEqual([
      ['6" nail', 'x"y"'],
      ['q', 'r "s"'],
    ]);
  });

  it('decodes UTF-8 and UTF-16 with marks', async () => {
    const text = 'name,ü\nŁódź,😀\n';
    const little = Buffer.from(`\uFEFF${text}`, 'utf16le');
    for (const bytes of [Buffer.from(text), Buffer.from(`\uFEFF${text}`), little, Buffer.from(little).swap16()]) {
      for (const length of [1, 2, 3, 5, 1000]) {
        const { header, rows } = await readText(bytes, length);
        expect(header).toEqual(['name', 'ü']);
        expect(rows).toEqual([{ row: 2, cells: ['Łódź', '😀'] }]);
      }
    }
  });

  it('gives the header of a file without rows', async () => {
    expect(await readText('a,b\r\n')).toEqual({ header: ['a', 'b'], rows: [] });
    expect(await readText('\n\na,b')).toEqual({ header: ['a', 'b'], rows: [] });
  });

  it('keeps names like __proto__ as plain text', async () => {
    const { header, rows } = await readText('__proto__,constructor,prototype\n1,2,3');
    expect(header).toEqual(['__proto__', 'constructor', 'prototype']);
    expect(rows[0]?.cells).toEqual(['1', '2', '3']);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('lets columns without a name, or with the same one, be: a plan refuses to use them', async () => {
    expect((await readText('a,,\n1,2,3')).rows).toEqual([{ row: 2, cells: ['1', '2', '3'] }]);
    expect(await readText('a,b, a\n1,2,3')).toEqual({
      header: ['a', 'b', 'a'],
      rows: [{ row: 2, cells: ['1', '2', '3'] }],
    });
  });

  const bytes = (...values: number[]): Buffer => Buffer.from(values);
  test.each([
    ['an empty file', '', /empty/],
    ['blank lines only', '\n \r\n', /empty/],
    ['an unterminated quote', 'a,b\n1,2\n3,"x\ny', /Line 3: a quote is opened and never closed/],
    ['text after a quote', 'a,b\n1,"x"y\n', /Line 2: text follows a closing quote/],
    ['text after a quote of many lines', 'a,b\n1,"x\n\n"y\n', /Line 2/],
    ['NUL', 'a,b\n1,\0\n', /NUL byte at byte 6/],
    ['Latin-1', Buffer.concat([Buffer.from('a,é\n1,'), bytes(0xe9, 0x61)]), /UTF-8 at byte 7/],
    ['a cut-off character', Buffer.concat([Buffer.from('a\n1'), bytes(0xe2, 0x82)]), /UTF-8 at byte 3/],
    ['an overlong form', Buffer.concat([Buffer.from('a\n'), bytes(0xc0, 0xaf)]), /UTF-8 at byte 2/],
    [
      'half a UTF-16 pair',
      Buffer.concat([bytes(0xff, 0xfe), Buffer.from('a\n\ud83dx', 'utf16le')]),
      /UTF-16 at byte 6/,
    ],
    ['half a UTF-16 unit', bytes(0xff, 0xfe, 0x61, 0, 0x62), /UTF-16 at byte 4/],
    ['UTF-16 without a mark', Buffer.from('a,b\n', 'utf16le'), /NUL byte at byte 1/],
  ])('refuses %s', async (_name, content, message) => {
    for (const length of [1, 2, 7, 1000]) {
      await expect(readText(content, length)).rejects.toMatchObject({
        code: 'INVALID_FILE',
        message: expect.stringMatching(message) as string,
      });
    }
  });

  it('keeps to its limits', async () => {
    const limits = { ...DEFAULT_READ_LIMITS, columns: 3, cellLength: 10, recordLength: 100, fileBytes: 10_000 };
    const long = 'x'.repeat(11);
    await expect(readText('a,b,c,d\n', 50, limits)).rejects.toThrow(/more than 3 columns/);
    await expect(readText(`a,b\n1,${long}\n`, 50, limits)).rejects.toThrow(/Line 2: a cell is longer/);
    await expect(readText(`a,b\n1,"${long}"\n`, 50, limits)).rejects.toThrow(/Line 2: a cell is longer/);
    await expect(readText(`a,b\n1,"${long}`, 50, limits)).rejects.toThrow(/Line 2: a cell is longer/);
    const endless = `a,b\n${'1,'.repeat(50_000)}`;
    await expect(readText(endless, 50, { ...limits, fileBytes: 1e6 })).rejects.toThrow(/Line 2: the record is longer/);
    await expect(readText('a,b\n1,2\n'.repeat(2000), 50, limits)).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    expect((await readText('a,b,c\n1,2,3,4,5,6\n', 50, limits)).rows).toEqual([
      { row: 2, cells: ['1', '2', '3'], shape: true },
    ]);
    await expect(readFile('a,b\n1,2\n', { format: 'csv', limits: { fileBytes: 5 } })).rejects.toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
    });
  });

  it('gives the same rows however the bytes are cut, and the same as csv-parse', async () => {
    const random = seeded(3);
    for (let round = 0; round < 80; round++) {
      const text = randomCsv(random);
      const whole = await readText(text, 1 << 20);
      const expected = parse(text, {
        bom: true,
        delimiter: ',',
        info: true,
        record_delimiter: ['\r\n', '\n', '\r'],
        relax_column_count: true,
        skip_empty_lines: true,
      }) as unknown as { record: string[] }[];
      const wanted = expected
        .slice(1)
        .map(({ record }) => pad(record.slice(0, 3)))
        .filter((record) => record.some((cell) => cell.trim() !== ''));
      expect(whole.rows.map(({ cells }) => cells)).toEqual(wanted);
      for (const length of [1, 2, 3, 1 + Math.floor(random() * 40)])
        expect(await readText(text, length)).toEqual(whole);
    }
  });

  it('delivers large files in batches of at most 2,000 rows and closes the file when it is left', async () => {
    const path = onDisk('id,v\n' + Array.from({ length: 50_000 }, (_, index) => `${index},"v ${index}"`).join('\r\n'));
    let rows = 0;
    for await (const batch of openRows({ path }, { format: 'csv' })) {
      expect(batch.rows.length).toBeLessThanOrEqual(2000);
      for (const { row, cells } of batch.rows) {
        if (row !== rows + 2 || cells[0] !== String(rows) || cells[1] !== `v ${rows}`)
          throw new Error(`row ${row} is wrong`);
        rows++;
      }
    }
    expect(rows).toBe(50_000);
    for await (const batch of openRows({ path }, { format: 'csv' })) {
      expect(batch.rows).toHaveLength(2000);
      break;
    }
  });
});

/** Three columns with every kind of quoting and line break; the header decides for the comma. */
function randomCsv(random: () => number): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const end = pick(['\n', '\r\n', '\r']);
  const cell = (): string => {
    const kind = random();
    if (kind < 0.5) return pick(['', '1', 'abc', ' x ', 'é', '😀', 'ż;|', '2021-01-01']);
    return `"${Array.from({ length: Math.floor(random() * 5) }, () => pick(['a', ',', '""', '\n', '\r\n', '\r', ' ', 'ö'])).join('')}"`;
  };
  const lines = ['a,b,c'];
  for (let index = 0; index < 30; index++) {
    lines.push(random() < 0.1 ? '' : Array.from({ length: random() < 0.9 ? 3 : 2 }, cell).join(','));
  }
  return (random() < 0.2 ? '\uFEFF' : '') + lines.join(end) + (random() < 0.5 ? end : '');
}

function pad(record: string[]): string[] {
  return [...record, '', '', ''].slice(0, 3);
}

const spectrum = join(datasets, 'csv-spectrum');
(existsSync(spectrum) ? describe : describe.skip)('csv-spectrum (needs DATASETS_DIR)', () => {
  const names = existsSync(spectrum) ? readdirSync(join(spectrum, 'csvs')).map((name) => name.replace('.csv', '')) : [];
  test.each(names)('%s', async (name) => {
    const { header, rows } = await collect(
      openRows({ path: join(spectrum, 'csvs', `${name}.csv`) }, { format: 'csv' }),
    );
    const read = rows.map(({ cells }) => Object.fromEntries(header.map((column, index) => [column, cells[index]])));
    const json: unknown = JSON.parse(readFileSync(join(spectrum, 'json', `${name}.json`), 'utf8'));
    if (name === 'location_coordinates') {
      // This JSON is not a reading of its CSV: another phone number, two columns, no array.
      const { 'Location Coordinates': wanted } = json as Record<string, string>;
      expect(read).toHaveLength(1);
      expect(read[0]?.['Location Coordinates']).toBe(wanted);
      return;
    }
    expect(read).toEqual(json);
  });
});

const hasData = existsSync(join(datasets, 'cdnow.csv'));
(hasData ? describe : describe.skip)('public data (needs DATASETS_DIR)', () => {
  it('reads the CDNOW log', async () => {
    const { header, rows } = await collect(openRows({ path: join(datasets, 'cdnow.csv') }, { format: 'csv' }));
    expect(header).toEqual(['customer_id', 'date', 'quantity', 'amount']);
    expect(rows).toHaveLength(69_659);
    expect(rows.at(-1)?.row).toBe(69_660);
    expect(new Set(rows.map(({ cells }) => cells[0])).size).toBe(23_544);
    expect(rows.reduce((sum, { cells }) => sum + Number(multiplyToMinorUnits('1', cells[3] ?? null, 2)), 0)).toBe(
      250_031_563,
    );
  });

  it('reads the Online Retail workbook', async () => {
    const { rows } = await collect(openRows({ path: join(datasets, 'online-retail-40k.xlsx') }, { format: 'xlsx' }));
    expect(rows).toHaveLength(40_000);
    expect(rows[0]?.row).toBe(2);
    const column = (index: number): unknown[] => rows.map(({ cells }) => cells[index]);
    const sum = rows.reduce(
      (total, { cells }) => total + Number(multiplyToMinorUnits(cells[3] ?? null, cells[5] ?? null, 2)),
      0,
    );
    expect(sum).toBe(70_692_242);
    expect(new Set(column(0)).size).toBe(13_199);
    expect(new Set(column(6).filter((id) => id !== '' && id !== null)).size).toBe(3_621);
    expect(column(6).filter((id) => id === '' || id === null)).toHaveLength(10_057);
    expect(column(3).filter((quantity) => Number(quantity) < 0)).toHaveLength(778);
    expect(column(0).filter((invoice) => String(invoice).startsWith('C'))).toHaveLength(674);
    expect(column(5).filter((price) => price === 0)).toHaveLength(179);
    expect(rows[0]?.cells[4]).toBe('2011-10-30T16:17:00');
    expect(rows.every(({ cells }) => typeof parseInstant(cells[4] ?? null, 'Europe/London') === 'number')).toBe(true);
  });
});

describe('rows of a JSON request', () => {
  it('takes the union of the keys, index + 1, and nested values as text', async () => {
    const data = [{ a: 1, b: 'x' }, { b: null, c: { d: [1] } }, {}, { a: '' }, { a: false }];
    expect(await collect(openRowsFromArray(data))).toEqual({
      header: ['a', 'b', 'c'],
      rows: [
        { row: 1, cells: [1, 'x', null] },
        { row: 2, cells: [null, null, '{"d":[1]}'] },
        { row: 5, cells: [false, null, null] },
      ],
    });
  });

  it('reads own properties only and marks elements that are no objects', async () => {
    const data = JSON.parse('[{"__proto__":1,"constructor":2},{"x":3},7,null,[1]]') as unknown[];
    expect(await collect(openRowsFromArray(data))).toEqual({
      header: ['__proto__', 'constructor', 'x'],
      rows: [
        { row: 1, cells: [1, 2, null] },
        { row: 2, cells: [null, null, 3] },
        { row: 3, cells: [null, null, null], shape: true },
        { row: 4, cells: [null, null, null], shape: true },
        { row: 5, cells: [null, null, null], shape: true },
      ],
    });
  });

  it('keeps to its limits and batches', async () => {
    const wide = [Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`k${index}`, 1]))];
    await expect(collect(openRowsFromArray(wide))).rejects.toMatchObject({ code: 'INVALID_FILE' });
    await expect(collect(openRowsFromArray([{ a: 'xx' }], { columns: 1, cellLength: 1 }))).rejects.toThrow(/Row 1/);
    expect(await collect(openRowsFromArray([]))).toEqual({ header: [], rows: [] });
    expect((await collect(openRowsFromArray(Array.from({ length: 4001 }, () => ({ a: 1 }))))).rows).toHaveLength(4001);
  });
});

describe('detectFormat', () => {
  const text = (content: string): Uint8Array => Buffer.from(content);
  const xlsxType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
  test.each([
    [{ contentType: 'text/csv; charset=utf-8' }, 'csv'],
    [{ contentType: xlsxType.toUpperCase() }, 'xlsx'],
    [{ contentType: 'application/octet-stream', fileName: 'Report.XLSX' }, 'xlsx'],
    [{ contentType: 'application/vnd.ms-excel', fileName: 'a.csv' }, 'csv'],
    [{ contentType: 'application/vnd.ms-excel', firstBytes: text('a,b\n') }, 'csv'],
    [{ fileName: 'data', firstBytes: text('PK\x03\x04') }, 'xlsx'],
    [{ firstBytes: text('\uFEFFa;b\n1;2') }, 'csv'],
    [{ firstBytes: Buffer.from('\uFEFFa,b', 'utf16le') }, 'csv'],
    [{ contentType: 'application/vnd.ms-excel.sheet.macroEnabled.12' }, 'xlsx'],
    [{ contentType: 'application/octet-stream', fileName: 'a.xlsm' }, 'xlsx'],
    [{ contentType: 'application/json' }, 'json'],
    [{ fileName: 'x.ndjson' }, 'ndjson'],
    [{ firstBytes: text(' [{"a":1}]') }, 'json'],
    [{ firstBytes: text('{"a":1}\n{"a":2}') }, 'ndjson'],
  ])('tells %j', (hints, format) => {
    expect(detectFormat(hints)).toBe(format);
  });

  test.each([
    [{ contentType: 'application/octet-stream', fileName: 'a.ods' }, /save the sheet as \.xlsx or CSV/],
    [{ fileName: 'a.xlsb' }, /save the sheet as \.xlsx or CSV/],
    [{ firstBytes: text('<?xml version="1.0"?>') }, /xml is not yet supported/],
    [{ contentType: 'image/png', fileName: 'a.csv' }, /image\/png is not an import format/],
    [{ firstBytes: Buffer.from('d0cf11e0a1b11ae1', 'hex') }, /old or encrypted Excel/],
    [{ firstBytes: Buffer.from('89504e470d0a1a0a00', 'hex') }, /cannot be told/],
    [{}, /cannot be told/],
  ])('refuses %j', (hints, message) => {
    expect(() => detectFormat(hints)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_MEDIA_TYPE' }) as Error);
    expect(() => detectFormat(hints)).toThrow(message);
  });

  it('checks a stated format', () => {
    expect(requireReadable('xlsx')).toBe('xlsx');
    expect(() => requireReadable('xml')).toThrow(/not yet supported/);
    expect(() => requireReadable('constructor')).toThrow(/not yet supported/);
  });
});
