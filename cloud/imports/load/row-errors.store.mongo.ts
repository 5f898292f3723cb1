import type { Collection, Db } from 'mongodb';
import type { RowError } from '../convert/row-error';
import type { RowErrorStore } from './row-errors.store.types';

const BATCH = 5_000;

interface StoredError extends RowError {
  job: string;
  seq: number;
}

export class MongoRowErrorStore implements RowErrorStore {
  private readonly errors: Collection<StoredError>;

  constructor(private readonly db: Db) {
    this.errors = db.collection('app_import_error');
  }

  async read(jobId: string, offset: number, limit: number): Promise<RowError[]> {
    const found = await this.errors
      .find({ job: jobId, seq: { $gte: offset } })
      .sort({ seq: 1 })
      .limit(limit)
      .toArray();
    return found.map(({ row, column, code, message, value }) => ({ row, column, code, message, value }));
  }

  async write(jobId: string, errors: readonly RowError[]): Promise<void> {
    await this.errors.deleteMany({ job: jobId });
    for (let start = 0; start < errors.length; start += BATCH) {
      const batch = errors.slice(start, start + BATCH);
      await this.errors.insertMany(batch.map((error, index) => ({ ...error, job: jobId, seq: start + index })));
    }
  }

  async removeOf(endedBefore: Date): Promise<void> {
    const ended = await this.db
      .collection('DataJob')
      .find({ job_id: { $in: await this.errors.distinct('job') }, completed_at: { $lt: endedBefore } })
      .project<{ job_id: string }>({ job_id: 1 })
      .toArray();
    await this.errors.deleteMany({ job: { $in: ended.map((job) => job.job_id) } });
  }
}
