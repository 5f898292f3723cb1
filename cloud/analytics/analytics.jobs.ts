import { z } from 'zod';
import { defineJob } from '../../core/job';
import { enqueueMany } from '../../core/queue';
import { analyticsStore } from './analytics.store';
import { auditFigures, rebuildTenant } from './folding.service';

/** Every night: do the derived figures still say what the facts say? */
export const auditJob = defineJob({
  name: 'analytics.audit',
  queue: 'analytics',
  jobClass: 'low',
  timeoutMs: 30 * 60_000,
  payload: z.strictObject({}),
  dedupKey: () => 'analytics.audit',
  schedule: { cron: '17 3 * * *' },
  handler: async (_ctx, _payload, { signal }) => {
    await auditFigures(signal);
  },
});

/** Derives all figures of one tenant again. */
export const rebuildJob = defineJob({
  name: 'analytics.rebuild',
  queue: 'analytics',
  jobClass: 'low',
  timeoutMs: 30 * 60_000,
  payload: z.strictObject({ tenant_id: z.string().min(1) }),
  tenantOf: ({ tenant_id: tenantId }) => tenantId,
  dedupKey: ({ tenant_id: tenantId }) => `analytics.rebuild:${tenantId}`,
  handler: async (_ctx, { tenant_id: tenantId }) => {
    await rebuildTenant(tenantId);
  },
});

/** Started by hand in Parse Dashboard: a job a tenant, so that each is tried again by itself. */
export async function rebuildAll(): Promise<string> {
  const tenantIds = await analyticsStore().tenantIds();
  await enqueueMany(
    rebuildJob,
    tenantIds.map((tenant_id) => ({ tenant_id })),
  );
  return `Handed to the queue for ${tenantIds.length} tenants.`;
}
