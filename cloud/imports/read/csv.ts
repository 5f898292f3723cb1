import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { AppError } from '../../../core/errors';
import { sniffDelimiter } from './csv-delimiter';
import { CsvRecords } from './csv-records';
import { BatchBuilder, type RawBatch, type ReadLimits, type ReadRequest } from './row-batch';
import { decodeText } from './text-decoder';

const CHUNK_BYTES = 256 * 1024;
/** Characters looked at for the delimiter; always the same, however the file is cut into chunks. */
const SAMPLE_LENGTH = 64 * 1024;

/** Reads a CSV file from disk. See `readCsv`. */
export async function* readCsvFile({ path, limits }: ReadRequest): AsyncGenerator<RawBatch, void, undefined> {
  yield* readCsv(createReadStream(path, { highWaterMark: CHUNK_BYTES }), limits);
}

/**
 * The rows of CSV bytes that come in any pieces; the same bytes give the same rows however they are cut. `row` is
 * the line on which the record starts; the header is the first line that is not blank.
 * @throws AppError INVALID_FILE (naming line or byte) or PAYLOAD_TOO_LARGE
 */
export async function* readCsv(
  chunks: AsyncIterable<Uint8Array>,
  limits: ReadLimits,
): AsyncGenerator<RawBatch, void, undefined> {
  const builder = new BatchBuilder(limits);
  const ready: RawBatch[] = [];
  const start = (sample: string): CsvRecords =>
    new CsvRecords(sniffDelimiter(sample.slice(0, SAMPLE_LENGTH), limits), limits, (line, cells) => {
      if (builder.add(line, cells)) ready.push(builder.take());
    });
  let records: CsvRecords | undefined;
  let head = '';
  for await (const text of decodeText(countBytes(chunks, limits.fileBytes))) {
    if (records) {
      records.push(text, false);
    } else {
      head += text;
      if (head.length < SAMPLE_LENGTH) continue;
      records = start(head);
      records.push(head, false);
    }
    yield* ready.splice(0);
  }
  if (records) records.push('', true);
  else start(head).push(head, true);
  yield* ready.splice(0);
  const rest = builder.finish();
  if (rest) yield rest;
}

/**
 * The header of a longer file from its first bytes, which may end within a character or a quoted cell.
 * @returns undefined when it is longer than they are
 * @throws AppError INVALID_FILE
 */
export async function readCsvHeader(firstBytes: Uint8Array, limits: ReadLimits): Promise<string[] | undefined> {
  const builder = new BatchBuilder(limits);
  const chunks = Readable.from([firstBytes]) as AsyncIterable<Uint8Array>;
  for await (const text of decodeText(chunks)) {
    const records = new CsvRecords(sniffDelimiter(text.slice(0, SAMPLE_LENGTH), limits), limits, (line, cells) => {
      builder.add(line, cells);
    });
    records.push(text, false);
    // The decoder's end, which refuses half a character, is not waited for.
    break;
  }
  const { header } = builder.take();
  return header.length ? header : undefined;
}

/** The size on disk was checked before; a file that still grows, or a stream, is not bound by that. */
async function* countBytes(
  chunks: AsyncIterable<Uint8Array>,
  max: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > max) throw new AppError('PAYLOAD_TOO_LARGE', `The file has more than ${max} bytes.`);
    yield chunk;
  }
}
