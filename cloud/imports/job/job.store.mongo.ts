import type { Collection, Db, Document, Filter } from 'mongodb';
import type { ImportOptions } from '../convert/options';
import type { RowError } from '../convert/row-error';
import { EMPTY_REPORT, type ImportReport } from '../convert/warning';
import { jobPermissions } from './job-permissions';
import { NO_COUNTS, type Counts, type JobCondition, type JobRow, type JobState } from './job-row';
import type { JobStore } from './job.store';

const DUPLICATE_KEY = 11000;
const ERROR_BATCH = 5_000;

interface StoredJob extends Document {
  _id: string;
}

interface StoredError extends RowError {
  job: string;
  seq: number;
}

/** Parse's own document form: `_p_` pointers, `_created_at`; absent instead of null, because unique indexes are sparse. */
export class MongoJobStore implements JobStore {
  private readonly jobs: Collection<StoredJob>;
  private readonly errors: Collection<StoredError>;

  constructor(db: Db) {
    this.jobs = db.collection('DataJob');
    this.errors = db.collection('app_import_error');
  }

  async insert(job: JobRow): Promise<boolean> {
    try {
      await this.jobs.insertOne(toDocument(job));
      return true;
    } catch (error) {
      const { code, message } = error as { code?: unknown; message?: string };
      if (code === DUPLICATE_KEY && message?.includes('import_hash')) return false;
      throw error;
    }
  }

  async find(jobId: string): Promise<JobRow | undefined> {
    const found = await this.jobs.findOne({ job_id: jobId });
    return found ? toJobRow(found) : undefined;
  }

  async findByHash(importHash: string): Promise<JobRow | undefined> {
    const found = await this.jobs.findOne({ import_hash: importHash });
    return found ? toJobRow(found) : undefined;
  }

  async update(
    jobId: string,
    condition: JobCondition,
    change: Partial<JobState>,
    countAttempt = false,
  ): Promise<JobRow | undefined> {
    const filter: Document = { job_id: jobId, status: { $in: condition.statuses } };
    if (condition.leaseToken !== undefined) filter.lease_token = condition.leaseToken;
    if (condition.leaseFreeAt) {
      filter.$or = [{ lease_until: { $exists: false } }, { lease_until: { $lte: condition.leaseFreeAt } }];
    }
    if (condition.isNotCancelled) filter.cancel_requested_at = { $exists: false };
    if (condition.isCancelAsked) filter.cancel_requested_at = { $exists: true };
    if (condition.phases) filter.phase = { $in: condition.phases };
    const set: Document = { _updated_at: new Date() };
    const unset: Document = {};
    for (const [name, value] of Object.entries(change)) {
      if (value === null) unset[name] = '';
      else set[name] = value;
    }
    const found = await this.jobs.findOneAndUpdate(
      filter,
      {
        $set: set,
        ...(Object.keys(unset).length ? { $unset: unset } : {}),
        ...(countAttempt ? { $inc: { attempts: 1 } } : {}),
      },
      { returnDocument: 'after' },
    );
    return found ? toJobRow(found) : undefined;
  }

  async findAbandoned(now: Date, queuedBefore: Date, limit: number): Promise<{ jobId: string; attempts: number }[]> {
    const isFree = [{ lease_until: { $exists: false } }, { lease_until: { $lte: now } }];
    const found = await this.jobs
      .find({
        kind: 'import',
        $or: [
          { status: 'queued', _updated_at: { $lte: queuedBefore }, $or: isFree },
          { status: 'processing', $or: isFree },
        ],
      } as Filter<StoredJob>)
      .project<{ job_id: string; attempts: number }>({ job_id: 1, attempts: 1 })
      .limit(limit)
      .toArray();
    return found.map((job) => ({ jobId: job.job_id, attempts: job.attempts }));
  }

  async findUnheardCancels(now: Date, limit: number): Promise<string[]> {
    const found = await this.jobs
      .find({
        status: { $in: ['queued', 'processing'] },
        cancel_requested_at: { $exists: true },
        $or: [{ lease_until: { $exists: false } }, { lease_until: { $lte: now } }],
      } as Filter<StoredJob>)
      .project<{ job_id: string }>({ job_id: 1 })
      .limit(limit)
      .toArray();
    return found.map((job) => job.job_id);
  }

  async findNeededFiles(names: readonly string[]): Promise<Set<string>> {
    const found = await this.jobs
      .find({ status: { $in: ['queued', 'processing'] }, input_path: { $in: [...names] } })
      .project<{ input_path: string }>({ input_path: 1 })
      .toArray();
    return new Set(found.map((job) => job.input_path));
  }

  async readErrors(jobId: string, offset: number, limit: number): Promise<RowError[]> {
    const found = await this.errors
      .find({ job: jobId, seq: { $gte: offset } })
      .sort({ seq: 1 })
      .limit(limit)
      .toArray();
    return found.map(({ row, column, code, message, value }) => ({ row, column, code, message, value }));
  }

  async writeErrors(jobId: string, errors: readonly RowError[]): Promise<void> {
    await this.errors.deleteMany({ job: jobId });
    for (let start = 0; start < errors.length; start += ERROR_BATCH) {
      const batch = errors.slice(start, start + ERROR_BATCH);
      await this.errors.insertMany(batch.map((error, index) => ({ ...error, job: jobId, seq: start + index })));
    }
  }

  async removeErrors(endedBefore: Date): Promise<void> {
    const ended = await this.jobs
      .find({ job_id: { $in: await this.errors.distinct('job') }, completed_at: { $lt: endedBefore } })
      .project<{ job_id: string }>({ job_id: 1 })
      .toArray();
    await this.errors.deleteMany({ job: { $in: ended.map((job) => job.job_id) } });
  }
}

function toDocument(job: JobRow): StoredJob {
  const { id, tenantId, ownerId, createdAt, options, ...rest } = job;
  const permissions = jobPermissions(job);
  const document: StoredJob = {
    ...rest,
    _id: id,
    _created_at: createdAt,
    _updated_at: createdAt,
    _rperm: permissions.read,
    _wperm: permissions.write,
    _p_tenant: `Tenant$${tenantId}`,
    options: JSON.stringify(options),
    processing_rules: [],
    ...(ownerId ? { _p_owner: `_User$${ownerId}` } : {}),
  };
  for (const [name, value] of Object.entries(document)) if (value === null) delete document[name];
  return document;
}

type NullableField =
  'started_at' | 'completed_at' | 'cancel_requested_at' | 'error' | 'import_hash' | 'lease_until' | 'lease_token';

function toJobRow(stored: StoredJob): JobRow {
  const { _id, _created_at, _p_tenant, _p_owner, options, ...rest } = stored;
  return {
    started_at: null,
    completed_at: null,
    cancel_requested_at: null,
    error: null,
    import_hash: null,
    lease_until: null,
    lease_token: null,
    ...(rest as unknown as Omit<JobRow, 'id' | NullableField>),
    id: _id,
    createdAt: _created_at as Date,
    tenantId: String(_p_tenant).split('$')[1] ?? '',
    ownerId: _p_owner === undefined ? undefined : String(_p_owner).split('$')[1],
    options: JSON.parse(String(options)) as ImportOptions,
    report: (stored.report as ImportReport | undefined) ?? EMPTY_REPORT,
    dry_run: (stored.dry_run as boolean | undefined) ?? false,
    counts: (stored.counts as Counts | undefined) ?? NO_COUNTS,
  };
}
