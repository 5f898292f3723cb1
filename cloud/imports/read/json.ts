import { createReadStream } from 'node:fs';
import { parseExactJson } from '../../../core/exact-json';
import { HeaderKeys, rowOf } from './array';
import { ArrayElements, LineElements, type ElementSink, type ElementSplitter } from './json-elements';
import { BATCH_ROWS, invalidFile, type RawBatch, type RawRow, type ReadLimits, type ReadRequest } from './row-batch';
import { decodeText } from './text-decoder';

const CHUNK_BYTES = 256 * 1024;

type Split = (limits: ReadLimits, sink: ElementSink) => ElementSplitter;

/** The rows of a file that holds one array of objects; `row` is index + 1. See `readRows`. */
export function readJsonFile(request: ReadRequest): AsyncGenerator<RawBatch, void, undefined> {
  return readRows(request, 'Element', ({ recordLength }, sink) => new ArrayElements(recordLength, sink));
}

/** The rows of a file with one object a line; `row` is the line. See `readRows`. */
export function readNdjsonFile(request: ReadRequest): AsyncGenerator<RawBatch, void, undefined> {
  return readRows(request, 'Line', ({ recordLength }, sink) => new LineElements(recordLength, sink));
}

/**
 * Any object may bring a key that none before it had, so the file is read twice: for the header, then for the rows.
 * Long numbers keep their digits.
 * @throws AppError INVALID_FILE
 */
async function* readRows(
  { path, limits }: ReadRequest,
  unit: string,
  split: Split,
): AsyncGenerator<RawBatch, void, undefined> {
  const keys = new HeaderKeys(limits.columns);
  for await (const elements of elementsOf(path, limits, split)) {
    for (const { row, text } of elements) keys.add(parsed(unit, row, () => JSON.parse(text) as unknown));
  }
  const header = keys.header();
  let rows: RawRow[] = [];
  let delivered = false;
  for await (const elements of elementsOf(path, limits, split)) {
    for (const { row, text } of elements) {
      const next = shallow(unit, row, () => {
        const item = parsed(unit, row, () => parseExactJson(text, 1));
        return rowOf(item, header, row, limits.cellLength);
      });
      if (next) rows.push(next);
      if (rows.length < BATCH_ROWS) continue;
      yield { header, rows };
      delivered = true;
      rows = [];
    }
  }
  if (rows.length > 0 || !delivered) yield { header, rows };
}

interface Element {
  row: number;
  text: string;
}

async function* elementsOf(path: string, limits: ReadLimits, split: Split): AsyncGenerator<Element[]> {
  const ready: Element[] = [];
  const splitter = split(limits, (row, text) => ready.push({ row, text }));
  for await (const piece of decodeText(createReadStream(path, { highWaterMark: CHUNK_BYTES }))) {
    splitter.push(piece, false);
    yield ready.splice(0);
  }
  splitter.push('', true);
  yield ready.splice(0);
}

function parsed(unit: string, row: number, parse: () => unknown): unknown {
  try {
    return parse();
  } catch (error) {
    throw invalidFile(`${unit} ${row} is not JSON.`, { row }, error);
  }
}

/** JSON.stringify, which nested values pass, goes as deep as the stack. */
function shallow<T>(unit: string, row: number, use: () => T): T {
  try {
    return use();
  } catch (error) {
    if (error instanceof RangeError) throw invalidFile(`${unit} ${row} is nested too deep.`, { row }, error);
    throw error;
  }
}
