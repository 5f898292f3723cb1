import { stat } from 'node:fs/promises';
import { AppError } from '../../../core/errors';
import { readCsvFile } from './csv';
import type { ReadableFormat } from './detect-format';
import { readJsonFile, readNdjsonFile } from './json';
import { DEFAULT_READ_LIMITS, type FormatReader, type RawBatch, type ReadLimits } from './row-batch';
import { readXlsxFile } from './xlsx';

export interface ReadOptions {
  format: ReadableFormat;
  /** @defaultValue DEFAULT_READ_LIMITS */
  limits?: Partial<ReadLimits>;
  /** Sheet of a workbook by name or 0-based index. @defaultValue the first */
  sheet?: string | number;
}

/** A further format is its own file plus a line here and in `ReadableFormat`. */
const READERS: Record<ReadableFormat, FormatReader> = {
  csv: readCsvFile,
  xlsx: readXlsxFile,
  json: readJsonFile,
  ndjson: readNdjsonFile,
};

/**
 * The rows of a file in batches, memory independent of its size. Cells may be slices of larger text: what outlives
 * the batch should be copied.
 * @throws AppError INVALID_FILE (broken, truncated, over a limit; says where) or PAYLOAD_TOO_LARGE
 */
export async function* openRows(
  file: { path: string },
  options: ReadOptions,
): AsyncGenerator<RawBatch, void, undefined> {
  const limits = { ...DEFAULT_READ_LIMITS, ...options.limits };
  const { size } = await stat(file.path);
  if (size > limits.fileBytes) {
    throw new AppError('PAYLOAD_TOO_LARGE', `The file has ${size} bytes; ${limits.fileBytes} are allowed.`);
  }
  yield* READERS[options.format]({ path: file.path, limits, sheet: options.sheet });
}
