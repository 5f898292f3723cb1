import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../core/errors';
import { invalidField } from '../../core/operation/issues';
import { uploadFolder, uploadPath, type Upload } from '../../core/upload';
import { INLINE_INPUT } from './load/import-job';
import { classFields } from './load/parse/class-fields';
import { planClassHeader } from './load/parse/class-header';
import { classNameOf, dataType } from './convert/data-types';
import { planFields } from './convert/mapping';
import type { ImportOptions } from './convert/options';
import { openRowsFromArray } from './read/array';
import { readCsvHeader } from './read/csv';
import { detectFormat, requireReadable } from './read/detect-format';
import { openRows } from './read/reader';
import { DEFAULT_READ_LIMITS, type RawBatch } from './read/row-batch';

/** Bytes; about half a second's work. */
const MAX_HEADER_STRINGS = 12 * 1024 * 1024;

/** The rows of a request, before a job exists for them. */
export interface StatedInput {
  /** Of the file; json for rows in the request. */
  format: string;
  contentType: string;
  fileName: string;
  sha256: string;
  /** Known for rows in the request only. */
  rowCount: number | undefined;
  open: () => AsyncIterable<RawBatch>;
  /** With as little reading as possible; undefined when the header does not fit into what is at hand. */
  readHeader: () => Promise<readonly string[] | undefined>;
  /** Puts the input where the worker finds it, durably. */
  keep: () => Promise<{ name: string; sizeBytes: number }>;
  /** Removes what is stored of it. */
  discard: () => Promise<void>;
}

/** @throws AppError VALIDATION_ERROR without rows, UNSUPPORTED_MEDIA_TYPE, INVALID_FILE for an empty file */
export async function stateInput(
  upload: Upload | undefined,
  data: readonly Record<string, unknown>[] | undefined,
  options: ImportOptions,
): Promise<StatedInput> {
  if (upload && data) throw invalidField('data', 'given_twice', 'must not be given together with a file');
  if (upload) return fileInput(upload, options);
  if (!data) throw invalidField('data', 'missing', 'is missing: it is required when no file is sent');
  return inlineInput(data, options);
}

function fileInput(upload: Upload, options: ImportOptions): StatedInput {
  if (upload.sizeBytes === 0) throw new AppError('INVALID_FILE', 'The file is empty.');
  const format = options.format ? requireReadable(options.format) : detectFormat(upload);
  const isWhole = upload.firstBytes.length >= upload.sizeBytes;
  const open = (): AsyncIterable<RawBatch> => openRows(upload, { format });
  return {
    format,
    contentType: upload.contentType,
    fileName: upload.fileName,
    sha256: upload.sha256,
    rowCount: undefined,
    open,
    readHeader: () => {
      if (format === 'xlsx') return sheetHeader(upload);
      // The last object may bring another key.
      if (format !== 'csv' && !isWhole) return Promise.resolve(undefined);
      return isWhole ? firstHeader(open()) : readCsvHeader(upload.firstBytes, DEFAULT_READ_LIMITS);
    },
    keep: () => Promise.resolve({ name: path.basename(upload.path), sizeBytes: upload.sizeBytes }),
    discard: () => rm(upload.path, { force: true }),
  };
}

/** All shared strings are read for it, so that of a workbook with many the job must tell: they would hold up the server. */
async function sheetHeader(upload: Upload): Promise<readonly string[] | undefined> {
  const limits = { sharedStringBytes: MAX_HEADER_STRINGS };
  return firstHeader(openRows(upload, { format: 'xlsx', limits })).catch((error: unknown) => {
    if (error instanceof AppError && error.details['maxBytes'] === MAX_HEADER_STRINGS) return undefined;
    throw error;
  });
}

async function firstHeader(batches: AsyncIterable<RawBatch>): Promise<readonly string[] | undefined> {
  for await (const { header } of batches) return header;
  return undefined;
}

function inlineInput(data: readonly Record<string, unknown>[], options: ImportOptions): StatedInput {
  if (options.format && options.format !== 'json') {
    throw invalidField('options.format', 'not_allowed', 'must be json for rows in the request');
  }
  const bytes = Buffer.from(JSON.stringify(data));
  const name = randomUUID();
  return {
    format: 'json',
    contentType: INLINE_INPUT,
    fileName: '',
    sha256: createHash('sha256').update(bytes).digest('hex'),
    rowCount: data.length,
    open: () => openRowsFromArray(data),
    readHeader: () => firstHeader(openRowsFromArray(data)),
    keep: () => writeDurably(name, bytes),
    discard: () => rm(uploadPath(name), { force: true }),
  };
}

async function writeDurably(name: string, bytes: Buffer): Promise<{ name: string; sizeBytes: number }> {
  await mkdir(uploadFolder(), { recursive: true, mode: 0o700 });
  const handle = await open(uploadPath(name), 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { name, sizeBytes: bytes.length };
}

/**
 * Plans the fields on the header now, so that a wrong request is refused instead of becoming a failed job. A header
 * that does not fit into the first bytes is left to the job.
 * @throws AppError VALIDATION_ERROR naming the field, INVALID_FILE
 */
export async function checkHeader(source: StatedInput, options: ImportOptions): Promise<void> {
  const header = await source.readHeader();
  if (!header) return;
  if (classNameOf(options.dataType) === undefined) planFields(dataType(options.dataType), options, header);
  else planClassHeader(await classFields(options), options, header);
}
