import type { Db, ObjectId } from 'mongodb';
import type { FoldMode } from '../analytics.store';

/** A mark is kept so long for one more fold: its write may commit as late as the longest request. */
const LONGEST_REQUEST_MS = 60_000;

export interface Mark {
  _id: ObjectId;
  tenant: string;
  day: string;
  marked_at: Date;
  is_settled: boolean;
  is_folded: boolean;
}

const marksOf = (db: Db) => db.collection<Omit<Mark, '_id'>>('app_dirty_day');

export async function mark(db: Db, tenantId: string, days: readonly string[], isSettled: boolean): Promise<void> {
  const unique = [...new Set(days)];
  if (!unique.length) return;
  const base = { tenant: tenantId, marked_at: new Date(), is_settled: isSettled, is_folded: false };
  await marksOf(db).insertMany(unique.map((day) => ({ ...base, day })));
}

export async function readMarks(db: Db, tenantId: string, mode: FoldMode): Promise<Mark[]> {
  return await marksOf(db)
    .find({ tenant: tenantId, ...(mode === 'due' ? due() : {}) })
    .toArray();
}

/** Removes exactly the marks that were folded, and keeps one a day of those that are young and not settled. */
export async function clearMarks(db: Db, tenantId: string, marks: readonly Mark[]): Promise<void> {
  const cutoff = Date.now() - LONGEST_REQUEST_MS;
  const kept = new Map<string, Date>();
  for (const { day, marked_at, is_settled } of marks) {
    if (is_settled || marked_at.getTime() < cutoff) continue;
    const latest = kept.get(day);
    if (!latest || latest < marked_at) kept.set(day, marked_at);
  }
  if (kept.size) {
    const base = { tenant: tenantId, is_settled: false, is_folded: true };
    await marksOf(db).insertMany([...kept].map(([day, marked_at]) => ({ ...base, day, marked_at })));
  }
  await marksOf(db).deleteMany({ _id: { $in: marks.map(({ _id }) => _id) } });
}

export async function tenantsWithMarks(db: Db): Promise<string[]> {
  return marksOf(db).distinct('tenant', due());
}

export async function markedDays(db: Db, tenantId: string): Promise<string[]> {
  return marksOf(db).distinct('day', { tenant: tenantId });
}

function due() {
  return { $or: [{ is_folded: false }, { marked_at: { $lt: new Date(Date.now() - LONGEST_REQUEST_MS) } }] };
}
