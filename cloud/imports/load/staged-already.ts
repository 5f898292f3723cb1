import type { ImportJob } from './import-job';
import type { RawBatch } from '../read/row-batch';

/**
 * Whether an earlier run staged the whole file: it says so, in one step with its last rows. The count is compared
 * because a crash of the database may have emptied the stage.
 */
export function isStaged(job: ImportJob, stagedRows: number): boolean {
  return job.phase === 'loading' && stagedRows > 0 && stagedRows === job.counts.read;
}

/** The batches without the file's first rows; a batch that is passed over whole still comes, with its header. */
export async function* withoutFirst(
  batches: AsyncIterable<RawBatch>,
  rowCount: number,
): AsyncGenerator<RawBatch, void, undefined> {
  let left = rowCount;
  for await (const { header, rows } of batches) {
    yield left > 0 ? { header, rows: rows.slice(left) } : { header, rows };
    left -= rows.length;
  }
}
