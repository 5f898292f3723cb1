import type { Collection, Db, Document, Filter } from 'mongodb';
import { PENDING } from '../../../core/events/pending-writes';
import { jobPermissions } from '../permissions';
import type { JobChange, JobCondition, JobRow } from '../job-row';
import type { JobFilter, JobStore, QueuedJob, UpdateExtras } from './job.store.types';
import { completeRow } from './stored-row';
import { isTaken, takenError } from './taken';

const DUPLICATE_KEY = 11000;
const isLeaseFree = (now: Date): Document[] => [{ lease_until: { $exists: false } }, { lease_until: { $lte: now } }];

interface StoredJob extends Document {
  _id: string;
}

/** Parse's own document form: `_p_` pointers, `_created_at`; absent instead of null, because unique indexes are sparse. */
export class MongoJobStore implements JobStore {
  private readonly jobs: Collection<StoredJob>;

  constructor(db: Db) {
    this.jobs = db.collection('DataJob');
  }

  async insert(job: JobRow): Promise<boolean> {
    try {
      await this.jobs.insertOne(toDocument(job));
      return true;
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  }

  find(jobId: string): Promise<JobRow | undefined> {
    return this.findBy('job_id', jobId);
  }

  async findBy(column: string, value: string): Promise<JobRow | undefined> {
    const found = await this.jobs.findOne({ [column]: value } as Filter<StoredJob>);
    return found ? toJobRow(found) : undefined;
  }

  async list(
    { kinds, status, ownerId, seenBy }: JobFilter,
    { offset, limit }: { offset: number; limit: number },
  ): Promise<{ rows: JobRow[]; total: number }> {
    // A row made by hand in Parse Dashboard has no options; the list must not fail for it.
    const filter: Document = { kind: { $in: kinds }, options: { $exists: true } };
    if (status) filter['status'] = status;
    if (ownerId) filter['_p_owner'] = `_User$${ownerId}`;
    if (seenBy) {
      filter['$or'] = [
        { _p_owner: `_User$${seenBy.ownerId}` },
        ...(seenBy.tenantId ? [{ _p_tenant: `Tenant$${seenBy.tenantId}` }] : []),
      ];
    }
    const found = await this.jobs
      .find(filter as Filter<StoredJob>)
      .sort({ _created_at: -1, _id: -1 })
      .skip(offset)
      .limit(limit)
      .toArray();
    return { rows: found.map(toJobRow), total: await this.jobs.countDocuments(filter) };
  }

  async update(
    jobId: string,
    condition: JobCondition,
    change: JobChange,
    { countAttempt = false, events = [] }: UpdateExtras = {},
  ): Promise<JobRow | undefined> {
    const filter: Document = { job_id: jobId, status: { $in: condition.statuses } };
    if (condition.kind !== undefined) filter['kind'] = condition.kind;
    if (condition.leaseToken !== undefined) filter['lease_token'] = condition.leaseToken;
    if (condition.leaseFreeAt) filter['$or'] = isLeaseFree(condition.leaseFreeAt);
    if (condition.isNotCancelled) filter['cancel_requested_at'] = { $exists: false };
    if (condition.isCancelAsked) filter['cancel_requested_at'] = { $exists: true };
    if (condition.notInPhases) filter['phase'] = { $nin: condition.notInPhases };
    const set: Document = { _updated_at: new Date() };
    const unset: Document = {};
    for (const [name, value] of Object.entries(change)) {
      if (value === null) unset[name] = '';
      else set[name] = value;
    }
    const updated = this.jobs.findOneAndUpdate(
      filter,
      {
        $set: set,
        ...(Object.keys(unset).length ? { $unset: unset } : {}),
        ...(countAttempt ? { $inc: { attempts: 1 } } : {}),
        ...(events.length ? { $push: { [PENDING]: { $each: events } } as Document } : {}),
      },
      { returnDocument: 'after' },
    );
    const found = await updated.catch((error: unknown) => {
      throw isDuplicate(error) ? takenError(error) : error;
    });
    return found ? toJobRow(found) : undefined;
  }

  async findAbandoned(kinds: readonly string[], now: Date, queuedBefore: Date, limit: number): Promise<QueuedJob[]> {
    const found = await this.jobs
      .find({
        kind: { $in: kinds },
        $or: [
          { status: 'queued', _updated_at: { $lte: queuedBefore }, $or: isLeaseFree(now) },
          { status: 'processing', $or: isLeaseFree(now) },
        ],
      } as Filter<StoredJob>)
      .project<QueuedJob>({ _id: 0, job_id: 1, kind: 1, attempts: 1, retries: 1 })
      .limit(limit)
      .toArray();
    return found.map((job) => ({ ...job, retries: job.retries ?? 0 }));
  }

  async findUnheardCancels(kinds: readonly string[], now: Date, limit: number): Promise<string[]> {
    const found = await this.jobs
      .find({
        kind: { $in: kinds },
        status: { $in: ['queued', 'processing'] },
        cancel_requested_at: { $exists: true },
        $or: isLeaseFree(now),
      } as Filter<StoredJob>)
      .project<{ job_id: string }>({ job_id: 1 })
      .limit(limit)
      .toArray();
    return found.map((job) => job.job_id);
  }

  async findNeededFiles(names: readonly string[], endedAfter: Date): Promise<Set<string>> {
    const found = await this.jobs
      .find({
        input_path: { $in: [...names] },
        $or: [
          { status: { $in: ['queued', 'processing'] } },
          { status: { $in: ['failed', 'cancelled'] }, completed_at: { $gt: endedAfter } },
        ],
      } as Filter<StoredJob>)
      .project<{ input_path: string }>({ input_path: 1 })
      .toArray();
    return new Set(found.map((job) => job.input_path));
  }
}

function isDuplicate(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: string };
  return code === DUPLICATE_KEY && isTaken(/index: (\S+)/.exec(message ?? '')?.[1] ?? message);
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

function toJobRow(stored: StoredJob): JobRow {
  const { _id, _created_at, _p_tenant, _p_owner, ...rest } = stored;
  return completeRow(rest, {
    id: _id,
    createdAt: _created_at as Date,
    tenantId: String(_p_tenant).split('$')[1] ?? '',
    ownerId: _p_owner === undefined ? undefined : String(_p_owner).split('$')[1],
  });
}
