import type { Db, ObjectId } from 'mongodb';
import { addDays } from '../../../values/zone';
import type { DayMarks, MarkedDay, TenantSettings } from '../analytics.store.types';

/** A mark is kept so long for one more fold: its write may commit as late as the longest request. */
const LONGEST_REQUEST_MS = 60_000;

export interface Mark {
  _id: ObjectId;
  tenant: string;
  day: string;
  marked_at: Date;
  is_settled: boolean;
  is_folded: boolean;
  /** Zone in which the day was counted; absent where the day itself is the fact. */
  time_zone?: string;
}

const marksOf = (db: Db) => db.collection<Omit<Mark, '_id'>>('app_dirty_day');

export async function mark(db: Db, tenantId: string, { days, isSettled, timeZone }: DayMarks): Promise<void> {
  const unique = [...new Set(days)];
  if (!unique.length) return;
  const zone = timeZone === undefined ? {} : { time_zone: timeZone };
  const base = { tenant: tenantId, marked_at: new Date(), is_settled: isSettled, is_folded: false, ...zone };
  await marksOf(db).insertMany(unique.map((day) => ({ ...base, day })));
}

/** A day of another zone overlaps its neighbours in the tenant's: they are marked as well, before it is called the tenant's. */
export async function recountMarks(db: Db, { id, timeZone }: TenantSettings): Promise<void> {
  const foreign = await marksOf(db)
    .find({ tenant: id, time_zone: { $exists: true, $ne: timeZone } })
    .toArray();
  if (!foreign.length) return;
  const near = foreign.flatMap(({ _id, day, ...mark }) =>
    [-1, 1].map((shift) => ({ ...mark, day: addDays(day, shift), time_zone: timeZone })),
  );
  await marksOf(db).insertMany(near);
  await marksOf(db).updateMany({ _id: { $in: foreign.map(({ _id }) => _id) } }, { $set: { time_zone: timeZone } });
}

/** The newest first; marks that wait for another fold after all others. */
export async function readMarkedDays(db: Db, tenantId: string): Promise<MarkedDay[]> {
  const never = new Date(0);
  const rows = await marksOf(db)
    .aggregate<{ _id: string; newest: Date; oldest: Date }>([
      { $match: { tenant: tenantId } },
      {
        $group: {
          _id: '$day',
          newest: { $max: { $cond: ['$is_folded', never, '$marked_at'] } },
          oldest: { $min: '$marked_at' },
        },
      },
      { $sort: { newest: -1, _id: -1 } },
    ])
    .toArray();
  return rows.map(({ _id, newest, oldest }) => ({ day: _id, isDue: newest > never || oldest < ripeBefore() }));
}

export async function readMarks(db: Db, tenantId: string, days: readonly string[]): Promise<Mark[]> {
  return await marksOf(db)
    .find({ tenant: tenantId, day: { $in: [...days] } })
    .toArray();
}

/** Removes exactly the marks that were folded, and keeps one a day of those that are young and not settled. */
export async function clearMarks(db: Db, { id, timeZone }: TenantSettings, marks: readonly Mark[]): Promise<void> {
  const cutoff = ripeBefore();
  const kept = new Map<string, Date>();
  for (const { day, marked_at, is_settled } of marks) {
    if (is_settled || marked_at < cutoff) continue;
    const latest = kept.get(day);
    if (!latest || latest < marked_at) kept.set(day, marked_at);
  }
  if (kept.size) {
    const base = { tenant: id, is_settled: false, is_folded: true, time_zone: timeZone };
    await marksOf(db).insertMany([...kept].map(([day, marked_at]) => ({ ...base, day, marked_at })));
  }
  await marksOf(db).deleteMany({ _id: { $in: marks.map(({ _id }) => _id) } });
}

export async function tenantsWithMarks(db: Db): Promise<string[]> {
  return marksOf(db).distinct('tenant', { $or: [{ is_folded: false }, { marked_at: { $lt: ripeBefore() } }] });
}

/** Marks made before it are older than the longest request. */
function ripeBefore(): Date {
  return new Date(Date.now() - LONGEST_REQUEST_MS);
}
