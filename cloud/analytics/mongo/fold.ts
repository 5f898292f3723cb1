import type { Db } from 'mongodb';
import { LeaseLost, withLeaseIfFree, type Lease } from '../../../core/lease/lease';
import type { DayRange, FoldLimits, FoldResult, TenantSettings } from '../analytics.store.types';
import { daysOf, toRanges } from '../calendar';
import { foldInSlices } from '../fold-slices';
import { allDays, deriveRows } from './facts';
import { clearMarks, mark, readMarkedDays, readMarks, recountMarks } from './marks';
import { compareRows, writeDifference, type Comparison } from './compare-rows';
import { moveStarts } from './starts';

const DERIVED = ['person_day', 'person_start', 'rollup_money', 'subscription_span'];
/** How long the others wait for a folder that died: with the fold itself it must stay far below ten seconds. */
const LEASE = { holdMs: 4_000, renewMs: 1_000 };
/** Days without a mark between marked ones are folded with them: one range costs less than two. */
const MAX_GAP_DAYS = 3;
const NOTHING: FoldResult = { days: 0, changed: 0 };
const EVERYTHING: FoldLimits = { mode: 'all', budgetMs: Infinity };

/**
 * Recomputes the marked days. There is no transaction: rows are corrected one by one towards what
 * the facts say, and the marks go last, so that a crash anywhere leaves a day to be folded again.
 */
export async function fold(db: Db, tenant: TenantSettings, limits: FoldLimits): Promise<FoldResult> {
  const result = await underLease(tenant.id, limits.mode === 'all', async (lease) => {
    if (await isZoneChanged(db, tenant)) await startAgain(db, tenant);
    return foldMarked(db, tenant, limits, lease);
  });
  return result ?? NOTHING;
}

export async function foldDays(db: Db, tenant: TenantSettings, days: readonly string[]): Promise<FoldResult> {
  const work = (lease: Lease) => guarded(db, tenant, days, () => foldRanges(db, tenant, toRanges(days), lease));
  return (await underLease(tenant.id, true, work)) ?? NOTHING;
}

export async function rebuild(db: Db, tenant: TenantSettings): Promise<FoldResult> {
  const result = await underLease(tenant.id, true, async (lease) => {
    await startAgain(db, tenant);
    return foldMarked(db, tenant, EVERYTHING, lease);
  });
  return result ?? NOTHING;
}

/** One folder a tenant; who is not patient gives way. */
function underLease<T>(
  tenantId: string,
  isPatient: boolean,
  work: (lease: Lease) => Promise<T>,
): Promise<T | undefined> {
  return withLeaseIfFree(`fold.${tenantId}`, { ...LEASE, waitMs: isPatient ? Infinity : 0 }, work);
}

function foldMarked(db: Db, tenant: TenantSettings, limits: FoldLimits, lease: Lease): Promise<FoldResult> {
  return foldInSlices(limits, async (choose) => {
    await recountMarks(db, tenant);
    const days = choose(await readMarkedDays(db, tenant.id));
    if (!days.length) return NOTHING;
    const marks = await readMarks(db, tenant.id, days);
    return guarded(db, tenant, days, async () => {
      const folded = await foldRanges(db, tenant, toRanges(days, MAX_GAP_DAYS), lease);
      await lease.confirm();
      await clearMarks(db, tenant, marks);
      return folded;
    });
  });
}

/** A folder that stood still may have written what was true before: its days are folded once more. */
async function guarded<T>(db: Db, tenant: TenantSettings, days: readonly string[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LeaseLost) await mark(db, tenant.id, { days, isSettled: true, timeZone: tenant.timeZone });
    throw error;
  }
}

async function isZoneChanged(db: Db, tenant: TenantSettings): Promise<boolean> {
  const states = db.collection<{ _id: string; time_zone: string }>('app_analytics_state');
  const state = await states.findOneAndUpdate(
    { _id: tenant.id },
    { $setOnInsert: { time_zone: tenant.timeZone } },
    { upsert: true, returnDocument: 'after' },
  );
  return state?.time_zone !== tenant.timeZone;
}

/** The state of a tenant whose rows are being thrown away: no zone is called so, so a crash means to start again. */
const UNFINISHED = 'unfinished';

/** All days are marked before their rows go. */
async function startAgain(db: Db, tenant: TenantSettings): Promise<void> {
  await mark(db, tenant.id, { days: await allDays(db, tenant), isSettled: true, timeZone: tenant.timeZone });
  await writeZone(db, tenant.id, UNFINISHED);
  for (const table of DERIVED) await db.collection(`app_${table}`).deleteMany({ tenant: tenant.id });
  await writeZone(db, tenant.id, tenant.timeZone);
}

async function writeZone(db: Db, tenantId: string, timeZone: string): Promise<void> {
  const states = db.collection<{ _id: string }>('app_analytics_state');
  await states.updateOne({ _id: tenantId }, { $set: { time_zone: timeZone } }, { upsert: true });
}

async function foldRanges(db: Db, tenant: TenantSettings, ranges: DayRange[], lease: Lease): Promise<FoldResult> {
  let changed = 0;
  for (const range of ranges) {
    const fresh = await deriveRows(db, tenant, range);
    const of = (table: keyof typeof fresh, dayField: string): Comparison => ({
      table,
      dayField,
      tenantId: tenant.id,
      range,
      fresh: fresh[table],
    });
    const comparisons = [of('person_day', 'day'), of('rollup_money', 'day'), of('subscription_span', 'start_day')];
    for (const comparison of comparisons) {
      const difference = await compareRows(db, comparison);
      await lease.confirm();
      if (comparison.table === 'person_day') await moveStarts(db, comparison, difference);
      await writeDifference(db, comparison.table, difference);
      changed += difference.put.length + difference.gone.length;
    }
  }
  return { days: ranges.reduce((sum, range) => sum + daysOf(range), 0), changed };
}
