import type { z } from 'zod';
import type { Ctx } from '../../core/context';
import { AppError } from '../../core/errors';
import { newJobId, newObjectId } from '../../core/ids';
import { validateInput } from '../../core/operation/input';
import { Reply } from '../../core/operation/operation';
import { assertMayImport, targetTenant } from './imports.access';
import type { batchInput, ImportOptionsInput, processBatch, processInput } from './imports.contract';
import { importOptions } from './imports.contract';
import { enqueueImport, IMPORT_ATTEMPTS } from './imports.jobs';
import { importHash } from './job/import-hash';
import { NO_COUNTS, type JobRow } from './job/job-row';
import { jobStore } from './job/job.store';
import { newIdPrefix } from './load/row-ids';
import { normalizeOptions, type ImportOptions } from './convert/options';
import { EMPTY_REPORT } from './convert/warning';
import { previewRows } from './preview';
import { firstEstimate } from './run/estimate';
import { checkHeader, stateInput, type StatedInput } from './source';

type Accepted = z.input<typeof processBatch.output>;

/** A20. */
export async function submitBatch(ctx: Ctx, input: z.output<typeof batchInput>): Promise<Accepted | Reply<Accepted>> {
  return submit(ctx, input.options, input.data);
}

/** A14 and A17: the same request in another dress. */
export async function submitData(ctx: Ctx, input: z.output<typeof processInput>): Promise<Accepted | Reply<Accepted>> {
  const { data, options, processing_rules: rules, ...fields } = input;
  const merged = validateInput(importOptions, { ...fields, ...options, ...(rules ? { rules } : {}) });
  return submit(ctx, merged, data);
}

async function submit(
  ctx: Ctx,
  given: ImportOptionsInput,
  data: readonly Record<string, unknown>[] | undefined,
): Promise<Accepted | Reply<Accepted>> {
  const tenant = await targetTenant(ctx, given.tenant);
  const options = normalizeOptions(given, tenant.timeZone);
  await assertMayImport(ctx, options, tenant.id);
  const source = await stateInput(ctx.upload?.file, data, options);
  await checkHeader(source, options);
  if (given.preview) {
    const preview = await previewRows(source, options, given.preview);
    await source.discard();
    // A preview is another answer of the same operation; the contract's output describes the job.
    return new Reply(200, preview as unknown as Accepted);
  }
  return accept(ctx, { tenantId: tenant.id, options: { ...options, format: source.format }, source });
}

interface Acceptance {
  tenantId: string;
  options: ImportOptions;
  source: StatedInput;
}

async function accept(ctx: Ctx, { tenantId, options, source }: Acceptance): Promise<Accepted> {
  const store = jobStore();
  const hash = options.sourceName ? importHash(tenantId, options, source.sha256) : null;
  const job = await newJob(ctx, { tenantId, options, source }, hash);
  if (await store.insert(job)) {
    // The job owns the file now.
    ctx.upload?.take();
    await enqueueImport(job.job_id, 0).catch((error: unknown) => {
      ctx.log.warn({ err: error, import: job.job_id }, 'The queue did not take an import; the sweeper will.');
    });
    return accepted(job, source.rowCount);
  }
  await source.discard();
  const first = hash === null ? undefined : await store.findByHash(hash);
  // The first one failed or was cancelled in between, and gave its name back.
  if (!first) throw new AppError('CONFLICT', 'An import of this source_name has ended just now; send it again.');
  return accepted(first, undefined);
}

async function newJob(ctx: Ctx, { tenantId, options, source }: Acceptance, hash: string | null): Promise<JobRow> {
  const now = ctx.clock.now();
  const stored = await source.keep();
  return {
    job_id: newJobId(),
    id: newObjectId(),
    queue: 'data-processing',
    kind: 'import',
    data_type: options.dataType,
    priority: 2,
    max_attempts: IMPORT_ATTEMPTS,
    tenantId,
    ownerId: ctx.actor.kind === 'user' ? ctx.actor.userId : undefined,
    options,
    dry_run: options.dryRun,
    input_path: stored.name,
    input_name: source.fileName,
    input_type: source.contentType,
    input_bytes: stored.sizeBytes,
    id_prefix: newIdPrefix(),
    status: 'queued',
    phase: 'reading',
    progress: 0,
    attempts: 0,
    failures: 0,
    estimated_completion: firstEstimate(stored.sizeBytes, now),
    started_at: null,
    completed_at: null,
    cancel_requested_at: null,
    error: null,
    counts: NO_COUNTS,
    import_hash: hash,
    lease_until: null,
    lease_token: null,
    stored_total: 0,
    error_total: 0,
    header: [],
    report: EMPTY_REPORT,
    createdAt: now,
  };
}

function accepted(job: JobRow, rowCount: number | undefined): Accepted {
  return {
    job_id: job.job_id,
    // The source's word for an accepted job; its real state is what getJobStatus says.
    status: job.status === 'queued' ? 'processing' : job.status,
    estimated_completion: (job.completed_at ?? job.estimated_completion).toISOString(),
    dry_run: job.dry_run,
    ...(rowCount === undefined ? {} : { records_received: rowCount }),
  };
}
