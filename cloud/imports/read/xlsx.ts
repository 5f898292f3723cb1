import { open } from 'node:fs/promises';
import { AppError } from '../../../core/errors';
import type { Cell } from '../cells/cell';
import { BatchBuilder, invalidFile, type RawBatch, type ReadLimits, type ReadRequest } from './row-batch';
import { FeedGate, feedWorkbook } from './xlsx-feed';
import { openWorkbook } from './xlsx-package';

/**
 * The rows of one sheet. `row` is the sheet's own row number; dates arrive as local ISO text without an offset, for a
 * sheet knows no zone; numbers as they are stored. This file is the seam around the library: only it knows hucre.
 * @throws AppError INVALID_FILE for anything that is no sound workbook, or that unpacks to too much
 */
export async function* readXlsxFile(request: ReadRequest): AsyncGenerator<RawBatch, void, undefined> {
  const { path, limits, sheet } = request;
  const file = await open(path);
  const gate = new FeedGate(limits);
  let feed: AsyncGenerator<Uint8Array, void, undefined> | undefined;
  try {
    const book = await openWorkbook(file, limits, sheet);
    feed = feedWorkbook(file, book, limits, gate);
    yield* toBatches(ReadableStream.from(feed) as ReadableStream<Uint8Array>, limits, gate);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw invalidFile(`The workbook cannot be read: ${error instanceof Error ? error.message : 'unknown'}.`, {}, error);
  } finally {
    // The library does not cancel its source when its rows are abandoned.
    gate.open();
    await feed?.return();
    await file.close();
  }
}

async function* toBatches(
  source: ReadableStream<Uint8Array>,
  limits: ReadLimits,
  gate: FeedGate,
): AsyncGenerator<RawBatch, void, undefined> {
  const { streamXlsxRows } = await import('hucre/xlsx');
  const builder = new BatchBuilder(limits);
  for await (const { index, values } of streamXlsxRows(source)) {
    gate.noteRow();
    const row = index + 1;
    if (!Number.isInteger(row) || row < 1) throw invalidFile('A row of the sheet has no valid number.');
    if (values.length > limits.columns) {
      throw invalidFile(`Row ${row}: more than ${limits.columns} columns.`, { row });
    }
    if (
      !builder.add(
        row,
        values.map((value) => toCell(value, row, limits)),
      )
    )
      continue;
    gate.close();
    yield builder.take();
    gate.open();
  }
  const rest = builder.finish();
  if (rest) yield rest;
}

function toCell(value: Cell | undefined, row: number, limits: ReadLimits): Cell {
  if (typeof value === 'string') {
    if (value.length <= limits.cellLength) return value;
    throw invalidFile(`Row ${row}: a cell is longer than ${limits.cellLength} characters.`, { row });
  }
  return value instanceof Date ? toWallTime(value) : (value ?? null);
}

/** The library puts the wall-clock fields into UTC; dropping the Z makes them local again. */
function toWallTime(date: Date): string {
  // A serial number beyond the calendar; any text that is no date makes it an INVALID_DATE of its row.
  if (Number.isNaN(date.getTime())) return '#NUM!';
  const iso = date.toISOString();
  return iso.endsWith('.000Z') ? iso.slice(0, -5) : iso.slice(0, -1);
}
