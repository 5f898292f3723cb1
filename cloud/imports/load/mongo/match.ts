import type { Db, Document } from 'mongodb';
import type { DataType } from '../../convert/data-type';
import type { ImportJob } from '../import-job';
import { stagedValue } from '../staged-row';
import type { RowGroup } from './stage';

export interface StoredDocument extends Document {
  _id: string;
}

/** Stored rows that the groups mean. */
export async function matchStored(
  db: Db,
  { job, type }: { job: ImportJob; type: DataType },
  groups: readonly RowGroup[],
): Promise<Map<RowGroup, StoredDocument>> {
  const matched = new Map<RowGroup, StoredDocument>();
  if (job.options.mode === 'insert') return matched;
  const collection = db.collection<StoredDocument>(type.className);
  if (!type.idField) {
    for (const group of groups) {
      const found = await collection.findOne(keyFilter(job, type, group), { sort: { _id: 1 } });
      if (found) matched.set(group, found);
    }
    return matched;
  }
  const keyed = new Map(groups.map((group) => [`${job.tenantId}:${group.match}`, group]));
  for await (const document of collection.find({ unique_key: { $in: [...keyed.keys()] } })) {
    const group = keyed.get(String(document.unique_key));
    if (group) matched.set(group, document);
  }
  return matched;
}

function keyFilter(job: ImportJob, type: DataType, group: RowGroup): Document {
  const filter: Document = { _p_tenant: `Tenant$${job.tenantId}` };
  const last = group.rows.at(-1)!;
  for (const field of job.options.key) {
    const value = stagedValue(type, last, field);
    const isDate = type.columns.find(({ name }) => name === field)?.kind === 'date';
    filter[field] = isDate ? new Date(Number(value)) : value;
  }
  return filter;
}
