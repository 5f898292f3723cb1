import type { PoolClient } from 'pg';
import { markDaysSql } from '../../../analytics/analytics.service';
import { tenantZone } from '../../tenant-zone';
import type { WriteRequest } from './write';
import { FIGURE_DATES, quoted } from './targets';

/** Marks the days that new rows fall on. Inside the transaction: the figures never see one without the other. */
export async function markNewDays(client: PoolClient, request: WriteRequest): Promise<void> {
  const column = figureColumn(request);
  if (!column) return;
  await mark(client, request, `select s.${quoted(column)} as ms from import_stage s where s.errs is null`);
}

/** Marks the days of stored rows that are about to change. */
export async function markOldDays(client: PoolClient, request: WriteRequest): Promise<void> {
  const column = figureColumn(request);
  if (!column) return;
  await mark(
    client,
    request,
    `select extract(epoch from t.${quoted(column)}) * 1000 as ms
     from import_src s join "${request.type.className}" t on t."objectId" = s.existing_id`,
  );
}

/** A subscription is recomputed with the day on which it started. */
function figureColumn({ type }: WriteRequest): string | undefined {
  return type.name === 'subscriptions' ? 'started_at' : FIGURE_DATES[type.name];
}

async function mark(client: PoolClient, { job }: WriteRequest, instants: string): Promise<void> {
  const { rows } = await client.query<{ day: string }>(
    `select distinct to_char(to_timestamp(ms::double precision / 1000) at time zone $1, 'YYYY-MM-DD') as day
     from (${instants}) i where ms is not null`,
    [await tenantZone(job.tenantId)],
  );
  await markDaysSql(
    client,
    job.tenantId,
    rows.map((row) => row.day),
  );
}
