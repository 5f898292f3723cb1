import type { Feature } from '../../core/feature';
import { log } from '../../core/log';
import { repairMemberships } from './membership.service';
import { tenantClass, tenantMemberClass } from './tenants.schema';
import { ensureDefaultTenant } from './tenants.service';
import { registerTenantTriggers } from './tenants.triggers';

const REPAIR_EVERY_MS = 3_600_000;
const FIRST_REPAIR_MS = 60_000;

/** Tenants and who belongs to them. */
export const tenantsFeature: Feature = {
  name: 'tenants',
  classes: [tenantClass, tenantMemberClass],
  triggers: registerTenantTriggers,
  seed: async () => {
    await ensureDefaultTenant();
  },
  loops: [
    {
      name: 'tenants.repair',
      role: 'worker',
      everyMs: REPAIR_EVERY_MS,
      firstMs: FIRST_REPAIR_MS,
      run: async () => {
        const repaired = await repairMemberships();
        if (repaired) log().warn({ repaired }, 'Memberships were out of step with their roles.');
      },
    },
  ],
};
