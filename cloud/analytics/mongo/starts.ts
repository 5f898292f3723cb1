import type { AnyBulkWriteOperation, Db } from 'mongodb';
import type { DayRange } from '../analytics.store.types';
import type { Derived } from './facts';
import { writeAll, type Difference } from './compare-rows';

/** People asked for in one command. */
const ASKED_AT_ONCE = 2_000;

/**
 * Makes `person_start` true to what `person_day` is about to be. Call it before the difference is
 * written: after a crash between the two the difference is still there, and the starts are set again.
 */
export async function moveStarts(
  db: Db,
  { tenantId, range, fresh }: { tenantId: string; range: DayRange; fresh: readonly Derived[] },
  { put, gone }: Difference,
): Promise<void> {
  const earliest = earliestStarts(fresh);
  const changed = put.filter(({ row, before }) => row['starts'] !== (before?.['starts'] ?? false));
  const lost = new Map<string, Derived>();
  for (const row of [...gone, ...changed.flatMap(({ before }) => before ?? [])]) {
    if (row['starts'] === true) lost.set(startId(row), row);
  }
  const gained = new Set(changed.map(({ row }) => startId(row)));
  // A new row can only bring a start forward; that needs no look at the person's other days.
  const lowered = [...gained].flatMap((id) => (lost.has(id) ? [] : (earliest.get(id) ?? [])));
  await writeAll(db, 'person_start', lowered.map(toLower));
  for (const population of ['users', 'customers']) {
    const people = [...lost.values()].filter((row) => row['population'] === population);
    for (let first = 0; first < people.length; first += ASKED_AT_ONCE) {
      const some = people.slice(first, first + ASKED_AT_ONCE);
      await recount(db, { mine: { tenant: tenantId, population }, range, earliest }, some);
    }
  }
}

const startId = (row: Derived): string => `${row.tenant}|${row['population']}|${row['person']}`;

function earliestStarts(rows: readonly Derived[]): Map<string, Derived> {
  const earliest = new Map<string, Derived>();
  for (const row of rows) {
    if (row['starts'] !== true) continue;
    const known = earliest.get(startId(row));
    if (!known || row['day'] < known['day']) earliest.set(startId(row), row);
  }
  return earliest;
}

function toLower(row: Derived): AnyBulkWriteOperation<Derived> {
  const [tenant, population, person, day] = ['tenant', 'population', 'person', 'day'].map(
    (name) => row[name] as string,
  );
  const update = { $min: { start_day: day }, $setOnInsert: { tenant, population, person } };
  return { updateOne: { filter: { _id: startId(row) }, update: update, upsert: true } };
}

interface Recount {
  mine: { tenant: string; population: string };
  range: DayRange;
  /** Of the range, by start id. */
  earliest: ReadonlyMap<string, Derived>;
}

/** Where a start may have gone, the earliest of the days that are left counts, in the range and outside. */
async function recount(db: Db, { mine, range, earliest }: Recount, people: readonly Derived[]): Promise<void> {
  const persons = people.map((row) => row['person'] as string);
  const isOutside = { $or: [{ day: { $lt: range.from } }, { day: { $gt: range.to } }] };
  const outside = await db
    .collection('app_person_day')
    .aggregate<{ _id: string; day: string }>([
      { $match: { ...mine, person: { $in: persons }, starts: true, ...isOutside } },
      { $group: { _id: '$person', day: { $min: '$day' } } },
    ])
    .toArray();
  const outsideOf = new Map(outside.map((row) => [row._id, row.day]));
  await writeAll(
    db,
    'person_start',
    people.map((row) => {
      const _id = startId(row);
      const person = row['person'] as string;
      const days = [outsideOf.get(person), earliest.get(_id)?.['day'] as string | undefined];
      const [start_day] = days.filter((day) => day !== undefined).sort();
      if (start_day === undefined) return { deleteOne: { filter: { _id } } };
      return { updateOne: { filter: { _id }, update: { $set: { ...mine, person, start_day } }, upsert: true } };
    }),
  );
}
