import type { PoolClient } from 'pg';
import { daysInZone } from '../../../../values/zone';
import { markDaysInTransaction } from '../../../analytics/marking.service';
import { tenantZone } from '../tenant-zone';
import { figureDateOf, type DaySlots } from '../figure-days';
import { quoted } from './targets';
import type { WriteRequest } from './write';

/** Marks the days that new rows fall on. Inside the transaction: the figures never see one without the other. */
export async function markNewDays(client: PoolClient, { job }: WriteRequest, slots: DaySlots): Promise<void> {
  const timeZone = await tenantZone(job.tenantId);
  await markDaysInTransaction(client, job.tenantId, { days: slots.days(timeZone), timeZone });
}

/** Marks the days of stored rows that are about to change. */
export async function markOldDays(client: PoolClient, { job, type }: WriteRequest): Promise<void> {
  const column = figureDateOf(type);
  if (!column) return;
  const timeZone = await tenantZone(job.tenantId);
  const { rows } = await client.query<{ day: string }>(
    `select distinct to_char(t.${quoted(column)} at time zone 'UTC', 'YYYY-MM-DD') as day
     from import_src s join "${type.className}" t on t."objectId" = s.existing_id
     where t.${quoted(column)} is not null`,
  );
  const days = rows.flatMap(({ day }) => daysInZone(day, timeZone));
  await markDaysInTransaction(client, job.tenantId, { days, timeZone });
}
