import type { AnyBulkWriteOperation, Db } from 'mongodb';
import type { DayRange } from '../analytics.store.types';
import type { Derived } from './facts';

const BULK_SIZE = 5_000;

export interface Comparison {
  /** Without the prefix `app_`. */
  table: string;
  /** Names the day that the range is about. */
  dayField: string;
  tenantId: string;
  range: DayRange;
  fresh: readonly Derived[];
}

/** What is to be done so that the stored rows are the fresh ones; nothing where there is no news. */
export interface Difference {
  put: { row: Derived; before: Derived | undefined }[];
  gone: Derived[];
}

export async function compareRows(db: Db, comparison: Comparison): Promise<Difference> {
  const { table, dayField, tenantId, range, fresh } = comparison;
  const stored = new Map<string, Derived>();
  const inRange = { tenant: tenantId, [dayField]: { $gte: range.from, $lte: range.to } };
  for await (const row of db.collection<Derived>(`app_${table}`).find(inRange)) stored.set(row._id, row);
  const put = fresh
    .map((row) => ({ row, before: stored.get(row._id) }))
    .filter(({ row, before }) => !isSame(row, before));
  for (const row of fresh) stored.delete(row._id);
  return { put, gone: [...stored.values()] };
}

export async function writeDifference(db: Db, table: string, { put, gone }: Difference): Promise<void> {
  await writeAll(db, table, [
    ...put.map(({ row, before }): AnyBulkWriteOperation<Derived> =>
      before
        ? { replaceOne: { filter: { _id: row._id }, replacement: row, upsert: true } }
        : { insertOne: { document: row } },
    ),
    ...gone.map((row) => ({ deleteOne: { filter: { _id: row._id } } })),
  ]);
}

export async function writeAll(db: Db, table: string, operations: AnyBulkWriteOperation<Derived>[]): Promise<void> {
  for (let start = 0; start < operations.length; start += BULK_SIZE) {
    const some = operations.slice(start, start + BULK_SIZE);
    await db.collection<Derived>(`app_${table}`).bulkWrite(some, { ordered: false });
  }
}

function isSame(fresh: Derived, stored: Derived | undefined): boolean {
  return stored !== undefined && Object.entries(fresh).every(([name, value]) => stored[name] === value);
}
