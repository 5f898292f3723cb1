import type { Ctx } from '../../../core/context';
import { database } from '../../../core/database/database';
import { eraseAgain } from '../../accounts/erasure.service';
import { foldNow } from '../../analytics/folding.service';
import type { DataJobEnd, DataJobRun } from '../../data-jobs/kind';
import { classNameOf, dataType } from '../convert/data-types';
import { planFields } from '../convert/mapping';
import type { ImportJob } from '../load/import-job';
import { openInput } from '../load/input';
import type { Loader, LoadOutcome } from '../load/loader';
import { mongoLoader } from '../load/mongo/mongo-loader';
import { classLoader } from '../load/parse/class-loader';
import { postgresLoader } from '../load/postgres/postgres-loader';
import { ColumnWatch } from './column-watch';

/** Clocks of processes differ. */
const ERASURE_SLACK_MS = 60_000;
/** Share of the time that reading takes; loading and the figures take the rest. */
const READING_SHARE = 50;

/**
 * One run of an import. Safe to run again after any crash: it goes on from the last rows that were staged; business rows
 * are committed together with the job's phase `applied`, from which a re-run only folds.
 */
export async function runImport(ctx: Ctx, run: DataJobRun<ImportJob>): Promise<DataJobEnd<ImportJob>> {
  const { job } = run;
  if (job.phase !== 'applied') {
    const outcome = await load(ctx, run);
    if (outcome.kind === 'checked') return checkedEnd(job, outcome);
  }
  // Who was erased since the rows were sent; a process that dies here does it in its next life.
  await eraseAgain(ctx, new Date(job.createdAt.getTime() - ERASURE_SLACK_MS), job.tenantId);
  // Said only when the figures contain the rows.
  await foldNow(job.tenantId);
  return {};
}

async function load(ctx: Ctx, run: DataJobRun<ImportJob>): Promise<LoadOutcome> {
  const { job } = run;
  const { batches, progressOf } = await openInput(job);
  const type = classNameOf(job.data_type) === undefined ? dataType(job.data_type) : undefined;
  const watch = new ColumnWatch(job, (report) => run.note({ report }));
  return loaderFor(
    ctx,
    job,
  )({
    job,
    leaseToken: run.leaseToken,
    confirm: run.check,
    batches: watch.of(batches),
    watch: (others) => watch.of(others),
    columnWarnings: () => watch.warnings,
    plan: (header) => {
      if (!type) throw new Error('Classes have their own plan.');
      return planFields(type, job.options, header, job.createdAt);
    },
    beat: ({ phase, rows }) => {
      const progress = phase === 'reading' ? Math.min(READING_SHARE, progressOf() * READING_SHARE) : READING_SHARE;
      return run.beat({
        phase,
        progress: Math.floor(progress),
        counts: { read: rows, inserted: 0, updated: 0, skipped: 0, rejected: 0 },
      });
    },
  });
}

function loaderFor(ctx: Ctx, job: ImportJob): Loader {
  if (classNameOf(job.data_type) !== undefined) return classLoader(ctx);
  const db = database();
  return db.kind === 'postgres' ? postgresLoader(db.loads ?? db.pool) : mongoLoader(db.db);
}

/** A dry run is complete; a strict import with refused rows has failed. */
function checkedEnd(job: ImportJob, { counts, errorTotal, report }: LoadOutcome): DataJobEnd<ImportJob> {
  const change = { counts, error_total: errorTotal, stored_total: 0, report };
  if (!job.options.strict || counts.rejected === 0) return { change };
  const message = `${counts.rejected} of ${counts.read} rows were refused; a strict import stores none.`;
  return { change, error: { code: 'VALIDATION_ERROR', message, details: { counts } } };
}
