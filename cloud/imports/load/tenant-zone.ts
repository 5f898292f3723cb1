import { AppError } from '../../../core/errors';
import { tenantById } from '../../tenants/tenants.service';

/** The zone in which the days of a tenant's figures are counted. @throws AppError NOT_FOUND */
export async function tenantZone(tenantId: string): Promise<string> {
  const tenant = await tenantById(tenantId);
  if (!tenant) throw new AppError('NOT_FOUND', 'No such tenant.');
  return tenant.settings.time_zone;
}
