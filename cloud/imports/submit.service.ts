import type { z } from 'zod';
import type { Ctx } from '../../core/context';
import { AppError } from '../../core/errors';
import { validateInput } from '../../core/operation/input';
import { Reply } from '../../core/operation/operation';
import { findDataJob, startDataJob, storeDataJob } from '../data-jobs/accept.service';
import { assertMayImport, targetTenant } from './imports.access';
import type { batchInput, processBatch, processInput } from './imports.contract';
import { importHash } from './import-hash';
import { importKind } from './imports.kind';
import type { ImportJob } from './load/import-job';
import { newIdPrefix } from './load/row-ids';
import { normalizeOptions, type ImportOptions } from './convert/options';
import { importOptions, type ImportOptionsInput } from './convert/options.schema';
import { previewRows } from './preview';
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
  const hash = options.sourceName ? importHash(tenantId, options, source.sha256) : null;
  const job = await storeJob(ctx, { tenantId, options, source }, hash);
  if (job) {
    // The job owns the file now.
    ctx.upload?.take();
    await startDataJob(ctx, job);
    return accepted(job, source.rowCount);
  }
  await source.discard();
  const first = hash === null ? undefined : await findDataJob<ImportJob>('import_hash', hash);
  // The first one failed or was cancelled in between, and gave its name back.
  if (!first) throw new AppError('CONFLICT', 'An import of this source_name has ended just now; send it again.');
  return accepted(first, undefined);
}

/** Undefined when there is one of this name. */
async function storeJob(
  ctx: Ctx,
  { tenantId, options, source }: Acceptance,
  hash: string | null,
): Promise<ImportJob | undefined> {
  const { name, sizeBytes } = await source.keep();
  return storeDataJob<ImportJob>(ctx, importKind, {
    tenantId,
    options,
    input: { name, sizeBytes, fileName: source.fileName, contentType: source.contentType },
    columns: {
      data_type: options.dataType,
      dry_run: options.dryRun,
      id_prefix: newIdPrefix(),
      import_hash: hash,
      input_sha256: source.sha256,
    },
  });
}

function accepted(job: ImportJob, rowCount: number | undefined): Accepted {
  return {
    job_id: job.job_id,
    // The source's word for an accepted job; its real state is what getJobStatus says.
    status: job.status === 'queued' ? 'processing' : job.status,
    estimated_completion: (job.completed_at ?? job.estimated_completion).toISOString(),
    dry_run: job.dry_run ?? false,
    ...(rowCount === undefined ? {} : { records_received: rowCount }),
  };
}
