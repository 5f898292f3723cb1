import { z } from 'zod';
import type { Access } from './contract';

/** Of what a tenant's administrators see to. Platform admins may for every tenant; for the others the rest do not exist. */
export const TENANT_ADMINS: Access = {
  kind: 'roles',
  roles: ['tenant:admin', 'tenant:owner', 'admin', 'super_admin'],
};

/** Which tenant is meant, where {@link TENANT_ADMINS} may. */
export const tenantField = z
  .string()
  .min(1)
  .max(64)
  .optional()
  .describe('Id or slug of the tenant, for platform admins; default: one’s own.');
