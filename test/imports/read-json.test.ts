import { parseExactJson } from '../../core/exact-json';
import { onDisk, readFile, seeded } from './read-support';
import { openRows } from '../../cloud/imports/read/reader';

const LONG = '9007199254740993';

describe('long numbers of JSON', () => {
  it.each([
    ['whole numbers beyond 2^53', `[{"id":${LONG}}]`, [{ id: LONG }]],
    ['negative ones', `[{"id":-${LONG}}]`, [{ id: `-${LONG}` }]],
    [
      'what a double keeps',
      '[{"id":9007199254740991,"a":0.1,"b":1e2,"c":-0}]',
      [{ id: 9007199254740991, a: 0.1, b: 100, c: -0 }],
    ],
    [
      'long amounts',
      '[{"a":12345678901234567.89,"b":0.10000000000000001,"c":0.00000000000000012}]',
      [{ a: '12345678901234567.89', b: '0.10000000000000001', c: 1.2e-16 }],
    ],
    [
      'nested ids, not nested measures',
      `[{"p":{"id":[${LONG}],"x":52.520006599999998}}]`,
      [{ p: { id: [LONG], x: 52.520006599999995 } }],
    ],
    [
      'digits in texts and exponents',
      `[{"${LONG}":"\\\\\\"${LONG}","a":"\\\\","b":1e-0000000000000000001}]`,
      [{ [LONG]: `\\"${LONG}`, a: '\\', b: 0.1 }],
    ],
  ])('keeps %s', (_name, text, wanted) => {
    expect(parseExactJson(text, 2)).toEqual(wanted);
  });

  it('refuses what JSON.parse refuses', () => {
    for (const text of ['', `[${LONG}`, `[0${LONG}]`, `[${LONG}.]`, `[.${LONG}]`, `["a" ${LONG}]`, `{${LONG}:1}`]) {
      expect(() => parseExactJson(text, 1)).toThrow(SyntaxError);
    }
  });
});

describe('files of JSON', () => {
  const objects = `{"id":${LONG},"n":{"a]":["}\\"",1]}}`;
  const rows = [
    { row: 1, cells: [LONG, '{"a]":["}\\"",1]}', null] },
    { row: 2, cells: [null, null, '12345678901234567.89'] },
    { row: 4, cells: [null, null, null], shape: true },
  ];

  it('reads an array: the union of the keys, index + 1', async () => {
    const text = ` [ ${objects} ,{"x":12345678901234567.89},{},7\n] `;
    expect(await readFile(text, { format: 'json' })).toEqual({ header: ['id', 'n', 'x'], rows });
    expect((await readFile('{"a":1}', { format: 'json' })).rows).toEqual([{ row: 1, cells: [1] }]);
    expect(await readFile('[]', { format: 'json' })).toEqual({ header: [], rows: [] });
  });

  it('reads an object a line', async () => {
    const text = `\uFEFF${objects}\r\n{"x":12345678901234567.89}\n\n7`;
    expect(await readFile(text, { format: 'ndjson' })).toEqual({ header: ['id', 'n', 'x'], rows });
  });

  it.each([
    ['json', '', /empty/],
    ['json', '[{"a":1},', /ends within or after element 2/],
    ['json', '[{"a":"x', /ends within or after element 1/],
    ['json', '[{"a":1}{"a":2}]', /broken after element 1/],
    ['json', '[{"a":1},]', /broken after element 1/],
    ['json', '[{"a":1}] x', /broken after element 1/],
    ['json', '{"a":1}\n{"a":2}', /broken after element 1; for one object a line/],
    ['json', '[{"a":01}]', /Element 1 is not JSON/],
    ['json', '"text"', /no array of objects/],
    ['json', `[{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}]`, /nested too deep/],
    ['ndjson', '{"a":1}\n{"a":', /Line 2 is not JSON/],
  ] as const)('refuses as %s %.30p', async (format, content, message) => {
    await expect(readFile(content, { format })).rejects.toMatchObject({
      code: 'INVALID_FILE',
      message: expect.stringMatching(message) as string,
    });
  });

  it('reads files of many pieces in batches, and keeps to its limits', async () => {
    const random = seeded(7);
    const items = Array.from({ length: 30_000 }, (_, id) => ({ id, t: '"\\]}{é'.repeat(Math.floor(random() * 9)) }));
    for (const [format, text] of [
      ['json', JSON.stringify(items, null, 1)],
      ['ndjson', items.map((item) => JSON.stringify(item)).join('\n')],
    ] as const) {
      let next = 0;
      for await (const batch of openRows({ path: onDisk(text) }, { format })) {
        expect(batch.rows.length).toBeLessThanOrEqual(2000);
        for (const { row, cells } of batch.rows) {
          const item = items[next++];
          if (row !== next || cells[0] !== item?.id || cells[1] !== item?.t) throw new Error(`row ${row} is wrong`);
        }
      }
      expect(next).toBe(30_000);
      const limits = { recordLength: 40 };
      await expect(readFile(text, { format, limits })).rejects.toThrow(/longer than 40 characters/);
    }
  });
});
