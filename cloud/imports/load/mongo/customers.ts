import type { AnyBulkWriteOperation, Db, Document } from 'mongodb';
import { newObjectId } from '../../../../core/ids';
import { tenantPermissions } from '../../../../core/schema/acl';
import type { ImportJob } from '../import-job';
import { writeIgnoringDuplicates } from './bulk';

interface CustomerDocument extends Document {
  _id: string;
  unique_key: string;
}

/** objectIds of customers by the id that the file gives; those that do not exist are made. Safe to repeat. */
export async function ensureCustomers(
  db: Db,
  job: ImportJob,
  customerIds: ReadonlySet<string>,
): Promise<Map<string, string>> {
  const collection = db.collection<CustomerDocument>('Customer');
  const ids = [...customerIds];
  const found = await readIds(db, job.tenantId, ids);
  const { read, write } = tenantPermissions(job.tenantId);
  const now = new Date();
  const missing = ids.filter((id) => !found.has(id));
  if (!missing.length) return found;
  const operations = missing.map((id): AnyBulkWriteOperation<CustomerDocument> => {
    const fields: Document = {
      _id: newObjectId(),
      _created_at: now,
      _updated_at: now,
      _rperm: read,
      _wperm: write,
      _p_tenant: `Tenant$${job.tenantId}`,
      external_id: id,
      import_id: job.job_id,
    };
    return {
      updateOne: {
        filter: { unique_key: `${job.tenantId}:${id}` },
        update: { $setOnInsert: fields as Partial<CustomerDocument> },
        upsert: true,
      },
    };
  });
  // Two writers of one customer race for the unique key; the loser finds the winner's below.
  await writeIgnoringDuplicates(collection, operations);
  return readIds(db, job.tenantId, ids);
}

async function readIds(db: Db, tenantId: string, customerIds: readonly string[]): Promise<Map<string, string>> {
  const rows = await db
    .collection<CustomerDocument>('Customer')
    .find({ unique_key: { $in: customerIds.map((id) => `${tenantId}:${id}`) } })
    .project<{ _id: string; unique_key: string }>({ unique_key: 1 })
    .toArray();
  return new Map(rows.map((row) => [row.unique_key.slice(tenantId.length + 1), row._id]));
}
