import type { AnyBulkWriteOperation, Db } from 'mongodb';
import type { DayRange, FoldMode, FoldResult, TenantSettings } from '../analytics.store';
import { daysOf, toRanges } from '../calendar';
import { addDays } from '../../../core/zone';
import { allDays, moneyRows, peopleRows, spanRows, type Derived } from './facts';
import { withLease, type Lease } from './lease';
import { clearMarks, readMarks } from './marks';

const DERIVED = ['person_day', 'person_start', 'rollup_money', 'subscription_span'];
/** Days whose rows are held in memory at once. */
const CHUNK_DAYS = 31;
const BULK_SIZE = 5_000;
const NOTHING: FoldResult = { days: 0, changed: 0 };

/**
 * Recomputes the marked days. There is no transaction: rows are corrected one by one towards what
 * the facts say, and the marks go last, so that a crash anywhere leaves a day to be folded again.
 */
export async function fold(db: Db, tenant: TenantSettings, mode: FoldMode): Promise<FoldResult> {
  const result = await withLease(db, tenant.id, mode === 'all', async (lease) => {
    const marks = await readMarks(db, tenant.id, mode);
    if (!marks.length) return NOTHING;
    const isOtherZone = await isZoneChanged(db, tenant);
    const folded = isOtherZone
      ? await rebuildLeased(db, tenant, lease)
      : await foldRanges(db, tenant, toRanges(marks.map((mark) => mark.day)), lease);
    await writeZone(db, tenant);
    await lease.renew();
    await clearMarks(db, tenant.id, marks);
    return folded;
  });
  return result ?? NOTHING;
}

export async function foldDays(db: Db, tenant: TenantSettings, days: readonly string[]): Promise<FoldResult> {
  return (await withLease(db, tenant.id, true, (lease) => foldRanges(db, tenant, toRanges(days), lease))) ?? NOTHING;
}

export async function rebuild(db: Db, tenant: TenantSettings): Promise<FoldResult> {
  const result = await withLease(db, tenant.id, true, async (lease) => {
    const rebuilt = await rebuildLeased(db, tenant, lease);
    await writeZone(db, tenant);
    return rebuilt;
  });
  return result ?? NOTHING;
}

async function isZoneChanged(db: Db, tenant: TenantSettings): Promise<boolean> {
  const state = await db.collection('app_analytics_state').findOne({ _id: tenant.id as never });
  return state !== null && state['time_zone'] !== tenant.timeZone;
}

async function writeZone(db: Db, tenant: TenantSettings): Promise<void> {
  await db
    .collection('app_analytics_state')
    .updateOne({ _id: tenant.id as never }, { $set: { time_zone: tenant.timeZone } }, { upsert: true });
}

async function rebuildLeased(db: Db, tenant: TenantSettings, lease: Lease): Promise<FoldResult> {
  for (const table of DERIVED) await db.collection(`app_${table}`).deleteMany({ tenant: tenant.id });
  return foldRanges(db, tenant, toRanges(await allDays(db, tenant)), lease);
}

async function foldRanges(db: Db, tenant: TenantSettings, ranges: DayRange[], lease: Lease): Promise<FoldResult> {
  let changed = 0;
  for (const range of ranges.flatMap(chunks)) {
    await lease.renew();
    const [money, people, spans] = await Promise.all([
      moneyRows(db, tenant, range),
      peopleRows(db, tenant, range),
      spanRows(db, tenant, range),
    ]);
    changed += await countReplaced(db, 'rollup_money', 'day', tenant.id, range, money);
    const { put, gone } = await replaceRows(db, 'person_day', 'day', tenant.id, range, people);
    await lowerStarts(db, tenant.id, put);
    await recountStarts(db, tenant.id, [...gone, ...put.filter((row) => row['starts'] === false)]);
    changed += put.length + gone.length;
    changed += await countReplaced(db, 'subscription_span', 'start_day', tenant.id, range, spans);
  }
  return { days: ranges.reduce((sum, range) => sum + daysOf(range), 0), changed };
}

function chunks(range: DayRange): DayRange[] {
  const parts: DayRange[] = [];
  for (let from = range.from; from <= range.to; from = addDays(from, CHUNK_DAYS)) {
    const last = addDays(from, CHUNK_DAYS - 1);
    parts.push({ from, to: last < range.to ? last : range.to });
  }
  return parts;
}

interface Replaced {
  put: Derived[];
  gone: Derived[];
}

async function countReplaced(...parameters: Parameters<typeof replaceRows>): Promise<number> {
  const { put, gone } = await replaceRows(...parameters);
  return put.length + gone.length;
}

/** Makes the stored rows of the range equal to the fresh ones. @returns those that differed */
async function replaceRows(
  db: Db,
  table: string,
  dayField: string,
  tenantId: string,
  range: DayRange,
  fresh: Derived[],
): Promise<Replaced> {
  const collection = db.collection<Derived>(`app_${table}`);
  const stored = await collection
    .find({ tenant: tenantId, [dayField]: { $gte: range.from, $lte: range.to } })
    .toArray();
  const storedById = new Map(stored.map((row) => [row._id, row]));
  const freshIds = new Set(fresh.map((row) => row._id));
  const put = fresh.filter((row) => !isSame(row, storedById.get(row._id)));
  const gone = stored.filter((row) => !freshIds.has(row._id));
  await writeAll(db, table, [
    ...put.map((row): AnyBulkWriteOperation<Derived> =>
      storedById.has(row._id)
        ? { replaceOne: { filter: { _id: row._id }, replacement: row, upsert: true } }
        : { insertOne: { document: row } },
    ),
    ...gone.map((row) => ({ deleteOne: { filter: { _id: row._id } } })),
  ]);
  return { put, gone };
}

function isSame(fresh: Derived, stored: Derived | undefined): boolean {
  return stored !== undefined && Object.entries(fresh).every(([name, value]) => stored[name] === value);
}

const startId = (row: Derived): string => `${row.tenant}|${row['population']}|${row['person']}`;

/** A new row can only bring a start forward; that needs no look at the person's other days. */
async function lowerStarts(db: Db, tenantId: string, put: Derived[]): Promise<void> {
  const earliest = new Map<string, Derived>();
  for (const row of put) {
    const known = earliest.get(startId(row));
    if (row['starts'] === true && (!known || row['day'] < known['day'])) earliest.set(startId(row), row);
  }
  await writeAll(
    db,
    'person_start',
    [...earliest.values()].map((row) => ({
      updateOne: {
        filter: { _id: startId(row) },
        update: {
          $min: { start_day: row['day'] as string },
          $setOnInsert: { tenant: tenantId, population: row['population'] as string, person: row['person'] as string },
        } as never,
        upsert: true,
      },
    })),
  );
}

/** Where a row went, the start is looked for among those that are left. */
async function recountStarts(db: Db, tenantId: string, rows: Derived[]): Promise<void> {
  const people = [...new Map(rows.map((row) => [startId(row), row])).values()];
  for (const row of people) {
    const left = await db
      .collection('app_person_day')
      .find({ tenant: tenantId, population: row['population'], person: row['person'], starts: true })
      .sort({ day: 1 })
      .limit(1)
      .toArray();
    const start = left[0]?.['day'] as string | undefined;
    const starts = db.collection<Derived>('app_person_start');
    if (start === undefined) await starts.deleteOne({ _id: startId(row) });
    else {
      const base = { tenant: tenantId, population: row['population'] as string, person: row['person'] as string };
      await starts.updateOne({ _id: startId(row) }, { $set: { ...base, start_day: start } }, { upsert: true });
    }
  }
}

async function writeAll(db: Db, table: string, operations: AnyBulkWriteOperation<Derived>[]): Promise<void> {
  for (let start = 0; start < operations.length; start += BULK_SIZE) {
    const some = operations.slice(start, start + BULK_SIZE);
    await db.collection<Derived>(`app_${table}`).bulkWrite(some, { ordered: false });
  }
}
