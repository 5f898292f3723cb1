import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CellFault, type Cell } from '../../cloud/imports/read/cell';
import { cellToText } from '../../cloud/imports/read/cell';
import { openRows } from '../../cloud/imports/read/reader';
import { collect, datasets } from './read-support';

interface Expected {
  file: string;
  /** Null: another reader refuses the sheet as well. */
  rows: [row: number, cells: string[]][] | null;
}

const folder = join(datasets, 'xlsx-real');
const hasFiles = existsSync(folder);
const read = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T;
const books = hasFiles ? read<Expected[]>(join(folder, 'expected.json')) : [];

/** Workbooks without a row to read. */
const REFUSED = new Map([
  ['author_snowman.xlsx', /empty/],
  ['BlankSheetTypes.xlsm', /empty/],
]);

/** Both readings of a cell in one form: days without a time, times without a fraction, elapsed times as days. */
function plain(text: string): string {
  const elapsed = /^(-?\d+) days?, (\d+):(\d\d):([\d.]+)$/.exec(text);
  if (elapsed) {
    const [days = 0, hours = 0, minutes = 0, seconds = 0] = elapsed.slice(1).map(Number);
    return plain(String(days + (hours + (minutes + seconds / 60) / 60) / 24));
  }
  if (/^-?[\d.]+$/.test(text)) return String(Number(Number(text).toPrecision(12)));
  return text
    .replace(/T00:00:00$/, '')
    .replace(/(:\d\d\.\d+?)0+$/, '$1')
    .replace(/\.0?$/, '');
}

function shown(cell: Cell): string {
  return cell instanceof CellFault ? '' : plain(cellToText(cell));
}

function trimmed(cells: string[]): string[] {
  return cells.slice(0, cells.findLastIndex((cell) => cell !== '') + 1);
}

(hasFiles ? describe : describe.skip)('workbooks of others (needs DATASETS_DIR)', () => {
  test.each(books.map(({ file, rows }) => [file, rows] as const))('%s', async (file, rows) => {
    const reading = collect(openRows({ path: join(folder, file) }, { format: 'xlsx' }));
    const reason = REFUSED.get(file);
    if (reason) return expect(reading).rejects.toThrow(reason);
    const { header, rows: got } = await reading;
    const wanted = (rows ?? []).map(([row, cells]) => [row, trimmed(cells.map(plain))] as const);
    const [first, ...others] = wanted.filter(([, cells]) => cells.length > 0);
    const values = got.map((row) => [row.row, trimmed(row.cells.map(shown))] as const);
    expect(header.map(plain)).toEqual(first?.[1].map((cell) => cell.trim()));
    const width = header.length;
    // A row of errors only is a row of ours, and none of the other reader.
    const filled = values.filter(([, cells]) => cells.length > 0);
    expect(filled.slice(0, others.length)).toEqual(
      others
        .map(([row, cells]) => [row, trimmed(cells.slice(0, width))] as const)
        .filter(([, cells]) => cells.length > 0),
    );
  });
});

const csvFolder = join(datasets, 'csv-real');
const csvFiles = existsSync(csvFolder)
  ? read<{ file: string; rows: string[][]; count: number }[]>(join(csvFolder, 'expected.json'))
  : [];

(csvFiles.length ? describe : describe.skip)('CSV files of others (needs DATASETS_DIR)', () => {
  test.each(csvFiles.map((expected) => [expected.file, expected] as const))('%s', async (file, expected) => {
    const reading = collect(openRows({ path: join(csvFolder, file) }, { format: 'csv' }));
    // Encodings are not guessed.
    if (file === 'test_latin1.csv') return expect(reading).rejects.toThrow(/Not valid UTF-8 at byte 16/);
    const { header, rows } = await reading;
    const [first = [], ...others] = expected.rows.filter((cells) => cells.some((cell) => cell.trim() !== ''));
    expect(header).toEqual(first.map((cell) => cell.trim()));
    expect(rows.slice(0, others.length).map(({ cells }) => cells)).toEqual(
      others.map((cells) => header.map((_name, index) => cells[index] ?? '')),
    );
    if (expected.count <= expected.rows.length) expect(rows).toHaveLength(others.length);
  });
});

const jsonFolder = join(datasets, 'json-parsing');
(existsSync(jsonFolder) ? describe : describe.skip)('JSONTestSuite (needs DATASETS_DIR)', () => {
  it('takes arrays and objects that are JSON, and nothing that is none', async () => {
    const wrong: string[] = [];
    for (const file of readdirSync(jsonFolder)) {
      const outcome = await collect(openRows({ path: join(jsonFolder, file) }, { format: 'json' })).catch(
        (error: { code?: string; message: string }) => error.code ?? error.message,
      );
      const isScalar = !/^\s*[[{]/.test(readFileSync(join(jsonFolder, file), 'utf8'));
      const wanted = file.startsWith('y_') && !isScalar ? 'rows' : file.startsWith('i_') ? 'either' : 'INVALID_FILE';
      const got = typeof outcome === 'string' ? outcome : 'rows';
      if (got !== wanted && !(wanted === 'either' && ['rows', 'INVALID_FILE'].includes(got))) {
        wrong.push(`${file}: ${got}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
