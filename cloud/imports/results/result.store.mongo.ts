import type { Db, Document, Filter } from 'mongodb';
import type { ImportJob } from '../load/import-job';
import { HIDDEN_FIELDS, resultClass } from './result-class';
import type { ResultPage, ResultStore } from './result.store.types';
import { classNameOf } from '../convert/data-types';

export class MongoResultStore implements ResultStore {
  constructor(private readonly db: Db) {}

  async readRows(job: ImportJob, offset: number, limit: number): Promise<ResultPage> {
    if (job.options.dryRun) return { total: 0, rows: [] };
    const collection = this.db.collection<Document>(resultClass(job));
    const isOwnIds = job.options.mode === 'insert' || classNameOf(job.data_type) !== undefined;
    // Ids of one import are a range of the primary index.
    const filter = (
      isOwnIds
        ? { _id: { $gte: `${job.id_prefix}0000`, $lte: `${job.id_prefix}zzzz` } }
        : { _p_tenant: `Tenant$${job.tenantId}`, import_id: job.job_id }
    ) as Filter<Document>;
    const rows = await collection.find(filter).sort({ _id: 1 }).skip(offset).limit(limit).toArray();
    return { total: await collection.countDocuments(filter), rows: rows.map(toResult) };
  }
}

function toResult(document: Document): Record<string, unknown> {
  const { _id, _created_at, _updated_at, ...fields } = document;
  const shown: Record<string, unknown> = { id: _id, created_at: asText(_created_at), updated_at: asText(_updated_at) };
  for (const [name, value] of Object.entries(fields)) {
    if (HIDDEN_FIELDS.has(name)) continue;
    if (name.startsWith('_p_')) shown[name.slice(3)] = String(value).split('$')[1];
    else if (!name.startsWith('_')) shown[name] = asText(value);
  }
  return shown;
}

function asText(value: unknown): unknown {
  return value instanceof Date ? value.toISOString() : value;
}
