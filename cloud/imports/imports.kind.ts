import { AppError } from '../../core/errors';
import { isPlatformAdmin, type Ctx } from '../../core/context';
import { defineDataJob, type DataJobPage } from '../data-jobs/kind';
import { classNameOf } from './convert/data-types';
import { EMPTY_REPORT } from './convert/warning';
import { importHash } from './import-hash';
import { assertMayImport } from './imports.access';
import { importResults, importStatus } from './imports.contract';
import { IMPORT_COLUMNS } from './imports.schema';
import { discardStage, stageRemains } from './load/discard-stage';
import { NO_COUNTS, type ImportJob } from './load/import-job';
import { MAX_STORED_ERRORS, rowErrorStore } from './load/row-errors.store';
import { resultStore } from './results/result.store';
import { runImport } from './run/import-run';

/** Imports of files and rows: the counters, phases and steps that are theirs alone. */
export const importKind = defineDataJob<ImportJob>({
  kind: 'import',
  class: 'normal',
  columns: IMPORT_COLUMNS,
  indexes: [{ fields: ['import_hash'], unique: true }],
  initial: {
    phase: 'reading',
    counts: NO_COUNTS,
    stored_total: 0,
    error_total: 0,
    header: [],
    report: EMPTY_REPORT,
  },
  phases: { forward: ['applying', 'applied'], sure: ['applied'] },
  freed: { import_hash: null },
  run: runImport,
  discard: discardStage,
  remains: stageRemains,
  again: takeAgain,
  status: {
    fields: importStatus,
    of: ({ data_type, dry_run, counts, report }) => ({ data_type, dry_run: dry_run ?? false, counts, ...report }),
  },
  event: ({ data_type, dry_run, counts }) => ({
    records: { ...counts },
    details: { data_type, dry_run: dry_run ?? false },
  }),
  results: {
    fields: importResults,
    of: readResults,
    expire: (endedBefore) => rowErrorStore().removeOf(endedBefore),
  },
});

/** Whoever retries an import must be allowed to make it, and a named one gets its name back. */
async function takeAgain(ctx: Ctx, job: ImportJob): Promise<{ import_hash?: string }> {
  await assertMayImport(ctx, job.options, job.tenantId);
  // Rows of a class are saved with the owner's rights; without an owner they would be saved with all rights.
  if (classNameOf(job.data_type) !== undefined && !job.ownerId && !isPlatformAdmin(ctx.actor)) {
    throw new AppError('CONFLICT', 'The owner of this import is gone; send it again.');
  }
  const { sourceName } = job.options;
  if (!sourceName || !job.input_sha256) return {};
  return { import_hash: importHash(job.tenantId, job.options, job.input_sha256) };
}

async function readResults(_ctx: Ctx, job: ImportJob, { offset, limit }: DataJobPage) {
  const isOver = job.completed_at !== null;
  const { total, rows } = job.status === 'completed' ? await resultStore().readRows(job, offset, limit) : NOTHING;
  // What an earlier try has refused is still stored while the new one has not told its own.
  const known = isOver ? Math.min(job.error_total, MAX_STORED_ERRORS) : 0;
  const count = Math.min(limit, known - offset);
  const items = count > 0 ? await rowErrorStore().read(job.job_id, offset, count) : [];
  return {
    total,
    dry_run: job.dry_run ?? false,
    ...job.report,
    results: rows,
    errors: { total: job.error_total, items },
  };
}

const NOTHING = { total: 0, rows: [] };
