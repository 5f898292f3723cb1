import type { Db } from 'mongodb';
import { markDays } from '../../../analytics/marking.service';
import { hintEvents } from '../../../../core/events/hints';
import { updateHeld } from '../../../data-jobs/held.service';
import { Interruption } from '../../../data-jobs/interruption';
import type { JobChange } from '../../../data-jobs/job-row';
import { tenantZone } from '../tenant-zone';
import { dataType } from '../../convert/data-types';
import type { DataType } from '../../convert/data-type';
import type { FieldPlan } from '../../convert/mapping';
import type { RowError } from '../../convert/row-error';
import type { ImportReport } from '../../convert/warning';
import { DaySlots, figureDateOf } from '../figure-days';
import { stepsOf } from '../effects';
import type { Counts, ImportJob } from '../import-job';
import type { Loader, LoadOutcome, LoadRequest } from '../loader';
import { MAX_STORED_ERRORS, rowErrorStore } from '../row-errors.store';
import { reportOf } from '../row-warnings';
import { stagedValue } from '../staged-row';
import { applyGroups, countGroups, type ApplyCounts } from './apply';
import { refuseConflicts } from './checks';
import { readNotes } from './findings';
import { decide } from './orders';
import { forgetChecks, inBatches, stagedGroups, stageOf, stageRows, type Staged } from './stage';

const GROUPS = 1_000;

/**
 * Assumes no transactions: everything is staged and checked first, then applied with ids that are the same in every
 * try, between two marks of the days. From the phase `applying` on the import goes forward only: a cancel is refused,
 * and a re-run applies the staged rows again, which changes nothing where it was done.
 */
export function mongoLoader(db: Db): Loader {
  return async (request) => {
    const { job } = request;
    const type = dataType(job.data_type);
    const isResumed = job.phase === 'applying';
    const staged = isResumed ? undefined : await stage(db, type, request);
    const header = staged?.header ?? job.header;
    const plan = request.plan(header);
    const rows = await stageOf(db).countDocuments({ job: job.job_id });
    let { report } = job;
    if (isResumed) {
      plan.amountIs = report.amount_is?.used ?? plan.amountIs;
    } else {
      request.confirm();
      await forgetChecks(db, job.job_id);
      request.confirm();
      const amountIs = type.isGrouped ? await decide(db, job, plan) : undefined;
      const byPlace = await refuseConflicts(db, { job, type, plan });
      report = reportOf(request.columnWarnings(), { amountIs, byPlace, notes: await readNotes(db, job, type) });
      const rejected = await countRefused(db, job);
      if (job.options.dryRun || (job.options.strict && rejected > 0)) {
        const counted = rejected > 0 && job.options.strict ? undefined : await countGroups(db, { job, type, plan });
        return end(db, { request, rows, kind: 'checked', counted, report });
      }
      await enterPhase(request, { phase: 'applying', report });
    }
    const slots = staged?.slots ?? (await readSlots(db, job, type));
    const counted = await apply(db, { job, type, plan, request, rows, slots });
    const outcome = await end(db, { request, rows, kind: 'applied', counted, report });
    await claimApplied(request, outcome, counted);
    return outcome;
  };
}

async function stage(db: Db, type: DataType, request: LoadRequest): Promise<Staged> {
  const staged = await stageRows(db, type, request);
  const { rows, header } = staged;
  const counts = { read: rows, inserted: 0, updated: 0, skipped: 0, rejected: 0 };
  await enterPhase(request, { phase: 'loading', header, counts });
  return staged;
}

/** The last moments at which a cancel is heard. */
async function enterPhase(request: LoadRequest, change: JobChange<ImportJob>): Promise<void> {
  if (!(await updateHeld(request, change, { isNotCancelled: true }))) throw new Interruption('lost');
}

interface ApplyState {
  job: ImportJob;
  type: DataType;
  plan: FieldPlan;
  request: LoadRequest;
  rows: number;
  slots: DaySlots;
}

async function apply(db: Db, { job, type, plan, request, rows, slots }: ApplyState): Promise<ApplyCounts> {
  const timeZone = await tenantZone(job.tenantId);
  const days = slots.days(timeZone);
  // Before the write, so that a crash leaves marked days, and after it, so that the figures follow at once.
  await markDays(job.tenantId, days, { timeZone });
  const counted: ApplyCounts = { inserted: 0, updated: 0, skipped: 0, created: 0 };
  for await (const groups of inBatches(stagedGroups(db, job.job_id), GROUPS)) {
    await applyGroups(db, { job, type, plan, groups, counted, confirm: request.confirm });
    await request.beat({ phase: 'applying', rows });
  }
  await markDays(job.tenantId, days, { isSettled: true, timeZone });
  if (stepsOf(job, type)) hintEvents(type.className);
  return counted;
}

/** For a resumed run, which does not read the file again. */
async function readSlots(db: Db, job: ImportJob, type: DataType): Promise<DaySlots> {
  const slots = new DaySlots();
  const column = figureDateOf(type);
  if (!column) return slots;
  for await (const { rows } of stagedGroups(db, job.job_id)) {
    for (const row of rows) slots.add(stagedValue(type, row, column));
  }
  return slots;
}

async function end(
  db: Db,
  {
    request: { job, confirm },
    rows,
    kind,
    counted,
    report,
  }: {
    request: LoadRequest;
    rows: number;
    kind: LoadOutcome['kind'];
    counted: ApplyCounts | undefined;
    report: ImportReport;
  },
): Promise<LoadOutcome> {
  const rejected = await countRefused(db, job);
  const { stored, total } = await readErrors(db, job);
  confirm();
  await rowErrorStore().write(job.job_id, stored);
  const { inserted = 0, updated = 0, skipped = 0 } = counted ?? {};
  const rest = rows - rejected - inserted - updated - skipped;
  const counts: Counts = { read: rows, inserted, updated, skipped: skipped + rest, rejected };
  return { kind, counts, errorTotal: total, report };
}

async function readErrors(db: Db, job: ImportJob): Promise<{ stored: RowError[]; total: number }> {
  const stored: RowError[] = [];
  let total = 0;
  const refused = stageOf(db)
    .find({ job: job.job_id, errs: { $exists: true } })
    .sort({ row: 1 });
  for await (const { errs = [] } of refused) {
    total += errs.length;
    if (stored.length < MAX_STORED_ERRORS) stored.push(...errs);
  }
  return { stored: stored.slice(0, MAX_STORED_ERRORS), total };
}

function countRefused(db: Db, job: ImportJob): Promise<number> {
  return stageOf(db).countDocuments({ job: job.job_id, errs: { $exists: true } });
}

async function claimApplied(request: LoadRequest, outcome: LoadOutcome, counted: ApplyCounts): Promise<void> {
  const updated = await updateHeld(request, {
    phase: 'applied',
    counts: outcome.counts,
    error_total: outcome.errorTotal,
    stored_total: counted.created,
    report: outcome.report,
  });
  if (!updated) throw new Interruption('lost');
}
