import { adminRole } from '../../core/schema/acl';
import type { JobIdentity } from './job-row';

/** Read by the owner, the tenant's admins and platform admins; written by the server only. */
export function jobPermissions(job: Pick<JobIdentity, 'ownerId' | 'tenantId'>): { read: string[]; write: string[] } {
  const owner = job.ownerId ? [job.ownerId] : [];
  return { read: [...owner, `role:${adminRole(job.tenantId)}`, 'role:admin'], write: [] };
}
