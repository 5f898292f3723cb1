import type { z } from 'zod';
import Parse from 'parse/node';
import { config } from '../../core/config';
import type { Ctx } from '../../core/context';
import { AppError } from '../../core/errors';
import { findDataJob, startDataJob, storeDataJob } from '../data-jobs/accept.service';
import { defaultTenantId } from '../tenants/tenants.service';
import { mayBeSynced, syncedClass } from './classes';
import { hasTenant } from './local-target';
import type { syncIntegration } from './parse-sync.contract';
import { remoteServer } from './remote';
import type { SyncJob } from './sync-state';
import { parseSyncKind, syncKey } from './sync.kind';

type Input = z.output<typeof syncIntegration.input>;
type Accepted = z.input<typeof syncIntegration.output>;

/** A25. @throws AppError INTEGRATION_NOT_CONFIGURED, FORBIDDEN, CONFLICT while another one runs */
export async function startSync(ctx: Ctx, { entities, direction, since }: Input): Promise<Accepted> {
  remoteServer();
  const classes = [...new Set(entities.map((name, index) => syncedClass(name, `entities.${index}`)))];
  const wide = classes.find((name) => !hasTenant(name));
  if (ctx.actor.kind === 'key' && wide !== undefined) {
    throw new AppError('FORBIDDEN', `The class ${wide} has no tenant: API keys do not move its objects.`);
  }
  const job = await storeDataJob<SyncJob>(ctx, parseSyncKind, {
    tenantId: ctx.tenantId ?? (await defaultTenantId()),
    options: { entities: classes, direction, since: since ?? null },
    columns: { sync_key: syncKey() },
  });
  if (!job) {
    const running = await findDataJob<SyncJob>('sync_key', syncKey());
    throw new AppError('CONFLICT', 'A sync with that server is not over yet.', {
      details: running ? { job_id: running.job_id } : {},
    });
  }
  await startDataJob(ctx, job);
  return { job_id: job.job_id, status: job.status };
}

/** For Parse Dashboard: all classes that may be kept in step, both ways. */
export async function syncAll(ctx: Ctx): Promise<string> {
  const entities = config().integrations.parseClasses ?? (await allClasses());
  const { job_id: jobId } = await startSync(ctx, { service: 'parse', entities: [...entities], direction: 'both' });
  return `Accepted: ${jobId}`;
}

async function allClasses(): Promise<string[]> {
  // The schema is readable with the master key only.
  const schemas = await Parse.Schema.all();
  return schemas.map(({ className }) => className).filter((name) => mayBeSynced(name) && !name.startsWith('_'));
}
