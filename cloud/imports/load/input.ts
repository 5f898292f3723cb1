import { readFile } from 'node:fs/promises';
import { AppError } from '../../../core/errors';
import { uploadPath } from '../../../core/upload';
import { INLINE_INPUT, type ImportJob } from './import-job';
import { openRowsFromArray } from '../read/array';
import { requireReadable, type ReadableFormat } from '../read/detect-format';
import { openRows } from '../read/reader';
import type { RawBatch } from '../read/row-batch';

export interface OpenInput {
  batches: AsyncIterable<RawBatch>;
  /** Share of the input that has been read, 0 to 1; a guess from the rows' length. */
  progressOf: () => number;
}

/** The stored input of a job. @throws AppError INVALID_FILE when it is gone */
export async function openInput(job: ImportJob): Promise<OpenInput> {
  let charactersRead = 0;
  const counted = async function* (batches: AsyncIterable<RawBatch>): AsyncGenerator<RawBatch> {
    for await (const batch of batches) {
      charactersRead += lengthOf(batch);
      yield batch;
    }
  };
  const progressOf = (): number => Math.min(1, charactersRead / Math.max(1, job.input_bytes));
  if (job.input_type === INLINE_INPUT) {
    return { batches: counted(openRowsFromArray(await readInline(uploadPath(job.input_path)))), progressOf };
  }
  const format = (job.options.format as ReadableFormat | undefined) ?? 'csv';
  return {
    batches: counted(openRows({ path: uploadPath(job.input_path) }, { format: requireReadable(format) })),
    progressOf,
  };
}

async function readInline(path: string): Promise<unknown[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new AppError('INVALID_FILE', 'The stored input is gone.', { cause });
  });
  return JSON.parse(text) as unknown[];
}

/** Cheap: the first row stands for the batch. */
function lengthOf({ rows }: RawBatch): number {
  let length = 0;
  for (const cell of rows[0]?.cells ?? []) length += typeof cell === 'string' ? cell.length + 1 : 8;
  return length * rows.length;
}
