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
    changed += (await replaceRows(db, 'rollup_money', 'day', tenant.id, range, money)).length;
    const touched = await replaceRows(db, 'person_day', 'day', tenant.id, range, people);
    changed += touched.length;
    for (const population of ['users', 'customers']) {
      const persons = touched.filter((row) => row['population'] === population).map((row) => row['person'] as string);
      if (persons.length) await foldStarts(db, tenant.id, population, [...new Set(persons)]);
    }
    changed += (await replaceRows(db, 'subscription_span', 'start_day', tenant.id, range, spans)).length;
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

/** Makes the stored rows of the range equal to the fresh ones. @returns those that differed */
async function replaceRows(
  db: Db,
  table: string,
  dayField: string,
  tenantId: string,
  range: DayRange,
  fresh: Derived[],
): Promise<Derived[]> {
  const collection = db.collection<Derived>(`app_${table}`);
  const stored = await collection
    .find({ tenant: tenantId, [dayField]: { $gte: range.from, $lte: range.to } })
    .toArray();
  const storedById = new Map(stored.map((row) => [row._id, row]));
  const freshIds = new Set(fresh.map((row) => row._id));
  const put = fresh.filter((row) => !isSame(row, storedById.get(row._id)));
  const gone = stored.filter((row) => !freshIds.has(row._id));
  await writeAll(db, table, [
    ...put.map((row) => ({ replaceOne: { filter: { _id: row._id }, replacement: row, upsert: true } })),
    ...gone.map((row) => ({ deleteOne: { filter: { _id: row._id } } })),
  ]);
  return [...put, ...gone];
}

function isSame(fresh: Derived, stored: Derived | undefined): boolean {
  return stored !== undefined && Object.entries(fresh).every(([name, value]) => stored[name] === value);
}

async function foldStarts(db: Db, tenantId: string, population: string, persons: string[]): Promise<void> {
  for (let start = 0; start < persons.length; start += BULK_SIZE) {
    const some = persons.slice(start, start + BULK_SIZE);
    const starts = await db
      .collection('app_person_day')
      .aggregate<{ _id: string; start: string }>([
        { $match: { tenant: tenantId, population, person: { $in: some }, starts: true } },
        { $group: { _id: '$person', start: { $min: '$day' } } },
      ])
      .toArray();
    const startOf = new Map(starts.map((row) => [row._id, row.start]));
    await writeAll(
      db,
      'person_start',
      some.map((person): AnyBulkWriteOperation<Derived> => {
        const _id = `${tenantId}|${population}|${person}`;
        const start_day = startOf.get(person);
        if (start_day === undefined) return { deleteOne: { filter: { _id } } };
        return {
          replaceOne: {
            filter: { _id },
            replacement: { tenant: tenantId, population, person, start_day } as never,
            upsert: true,
          },
        };
      }),
    );
  }
}

async function writeAll(db: Db, table: string, operations: AnyBulkWriteOperation<Derived>[]): Promise<void> {
  for (let start = 0; start < operations.length; start += BULK_SIZE) {
    const some = operations.slice(start, start + BULK_SIZE);
    await db.collection<Derived>(`app_${table}`).bulkWrite(some, { ordered: false });
  }
}
