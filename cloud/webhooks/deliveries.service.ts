import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { Ctx } from '../../core/context';
import { AppError } from '../../core/errors';
import { findEvent } from '../../core/events/event.store';
import { recordEvents } from '../../core/events/record';
import { offsetOf, pageOf } from '../../core/operation/paging';
import { renderBody } from './body';
import type { getWebhookDelivery, listWebhookDeliveries, retryWebhookDelivery } from './deliveries.contract';
import {
  deliveryRows,
  findDelivery,
  listDeliveries as readDeliveries,
  newDelivery,
  supersedeDeliveries,
  type DeliveryRow,
} from './delivery.store';
import { maySee, visibleEndpoint, workingEndpoint } from './endpoints.service';
import { putDeliveries } from './send.due';
import type { sendTestWebhook } from './webhooks.contract';
import { TEST_EVENT } from './webhooks.events';

type Input<C extends { input: z.ZodType }> = z.output<C['input']>;
type Answer<C extends { output: z.ZodType }> = Promise<z.input<C['output']>>;

export async function listDeliveries(
  ctx: Ctx,
  input: Input<typeof listWebhookDeliveries>,
): Answer<typeof listWebhookDeliveries> {
  const { webhook_id: endpoint, from, to, page: _page, offset: _offset, limit, ...filter } = input;
  await visibleEndpoint(ctx, endpoint);
  const { rows, total } = await readDeliveries(
    { endpoint, ...filter, from: from ? new Date(from) : undefined, to: to ? new Date(to) : undefined },
    { offset: offsetOf(input), limit },
  );
  return { deliveries: rows.map(viewOf), ...pageOf(input, total) };
}

export async function readDelivery(
  ctx: Ctx,
  { delivery_id: id }: Input<typeof getWebhookDelivery>,
): Answer<typeof getWebhookDelivery> {
  const row = await visibleDelivery(ctx, id);
  const event = await findEvent(row.event_id);
  return {
    ...viewOf(row),
    request: { headers: row.request_headers && { ...row.request_headers }, body: event ? renderBody(event) : null },
    response: { status: row.response_status, body: row.response_body },
  };
}

/** Stored first, and then sent: a process that dies in between leaves it to the sweep. */
export async function retryDelivery(
  ctx: Ctx,
  { delivery_id: id }: Input<typeof retryWebhookDelivery>,
): Answer<typeof retryWebhookDelivery> {
  const row = await visibleDelivery(ctx, id);
  const endpoint = await workingEndpoint(ctx, row.endpoint);
  const event = await findEvent(row.event_id);
  if (!event) throw new AppError('CONFLICT', 'The event is not kept any more.');
  const now = ctx.clock.now();
  const replayId = `retry_${randomUUID()}`;
  const again = newDelivery(endpoint, event, replayId, now);
  await deliveryRows.insert(again);
  await supersedeDeliveries(endpoint.objectId, [event.id], { replay: { id: replayId, at: now }, now });
  await putDeliveries([again]);
  return { delivery_id: again.objectId, event_id: event.id, status: 'pending' };
}

/** An event like others, on the way that all take. */
export async function sendTest(
  ctx: Ctx,
  { webhook_id: id }: Input<typeof sendTestWebhook>,
): Answer<typeof sendTestWebhook> {
  const endpoint = await workingEndpoint(ctx, id);
  const [event] = await recordEvents([
    {
      key: `${TEST_EVENT}:${randomUUID()}`,
      type: TEST_EVENT,
      tenant: endpoint.tenant,
      subject: { className: 'WebhookEndpoint', id },
      payload: { webhook_id: id },
      requestId: ctx.requestId,
    },
  ]);
  const { objectId } = newDelivery(endpoint, event!, '', ctx.clock.now());
  return { delivery_id: objectId, event_id: event!.id, status: 'pending' };
}

/** @throws AppError NOT_FOUND also for those of other tenants */
async function visibleDelivery(ctx: Ctx, id: string): Promise<DeliveryRow> {
  const row = await findDelivery(id);
  if (row && maySee(ctx, row.tenant)) return row;
  throw new AppError('NOT_FOUND', 'No such delivery.');
}

function viewOf(row: DeliveryRow): z.input<typeof listWebhookDeliveries.output>['deliveries'][number] {
  const time = (at: Date | null): string | null => at?.toISOString() ?? null;
  return {
    id: row.objectId,
    webhook_id: row.endpoint,
    event_id: row.event_id,
    event_type: row.event_type,
    subject_id: row.subject_id,
    status: row.status,
    attempts: row.attempts,
    replay_id: row.replay_id || null,
    response_status: row.response_status,
    duration_ms: row.duration_ms,
    last_error: row.last_error && { code: row.last_error.code, message: row.last_error.message },
    next_attempt_at: time(row.next_attempt_at),
    delivered_at: time(row.delivered_at),
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}
