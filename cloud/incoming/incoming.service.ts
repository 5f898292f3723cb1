import type { z } from 'zod';
import { isPlatformAdmin, type Ctx } from '../../core/context';
import { AppError } from '../../core/errors';
import { listEvents } from '../../core/events/event.store';
import { offsetOf, pageOf } from '../../core/operation/paging';
import { tenantOf } from '../analytics/tenant.service';
import type { getIncomingWebhook, listIncomingWebhooks, processIncomingWebhook } from './incoming.contract';
import { putIncoming } from './incoming.due';
import { beginAgain, findIncoming, listIncoming, type IncomingFacts, type IncomingRow } from './incoming.store';

type Input<C extends { input: z.ZodType }> = z.output<C['input']>;
type Answer<C extends { output: z.ZodType }> = Promise<z.input<C['output']>>;
type View = z.input<(typeof listIncomingWebhooks)['output']>['webhooks'][number];

const MAX_EVENTS = 100;

export async function listWebhooks(
  ctx: Ctx,
  input: Input<typeof listIncomingWebhooks>,
): Answer<typeof listIncomingWebhooks> {
  const { source, event, status, from, to, limit } = input;
  const { rows, total } = await listIncoming(
    {
      tenant: (await tenantOf(ctx, input.tenant)).id,
      source,
      event,
      status,
      ...(from === undefined ? {} : { from: new Date(from) }),
      ...(to === undefined ? {} : { to: new Date(to) }),
    },
    { offset: offsetOf(input), limit },
  );
  return { webhooks: rows.map(viewOf), ...pageOf(input, total) };
}

/** With its body, and the events that it became. */
export async function readWebhook(
  ctx: Ctx,
  { incoming_webhook_id: id }: Input<typeof getIncomingWebhook>,
): Answer<typeof getIncomingWebhook> {
  const row = await visibleWebhook(ctx, id);
  const subject = { className: 'IncomingWebhook', id };
  const events = await listEvents({ tenant: row.tenant, subject }, { limit: MAX_EVENTS });
  return {
    ...viewOf(row),
    payload: row.payload,
    headers: { ...row.headers },
    events: events.map(({ id: eventId, type }) => ({ id: eventId, type })),
  };
}

/** Makes another event of it, whatever became of the one before. @throws AppError CONFLICT while it is being processed */
export async function processAgain(
  ctx: Ctx,
  { incoming_webhook_id: id }: Input<typeof processIncomingWebhook>,
): Answer<typeof processIncomingWebhook> {
  const row = await visibleWebhook(ctx, id);
  const begun = row.status === 'received' ? undefined : await beginAgain(row, ctx.clock.now());
  if (!begun) throw new AppError('CONFLICT', 'The webhook is being processed.');
  await putIncoming([begun]);
  return viewOf(begun);
}

/** @throws AppError NOT_FOUND also for those of other tenants */
async function visibleWebhook(ctx: Ctx, id: string): Promise<IncomingRow> {
  const row = await findIncoming(id);
  if (row && (isPlatformAdmin(ctx.actor) || row.tenant === ctx.tenantId)) return row;
  throw new AppError('NOT_FOUND', 'No such webhook.');
}

function viewOf(row: IncomingFacts): View {
  return {
    id: row.objectId,
    tenant: row.tenant,
    source: row.source,
    event: row.event,
    webhook_id: row.webhook_id,
    signature_ok: row.signature_ok,
    status: row.status,
    size_bytes: row.size,
    process_number: row.process_number,
    last_error: row.last_error,
    request_id: row.request_id,
    received_at: row.createdAt.toISOString(),
    processed_at: row.processed_at?.toISOString() ?? null,
  };
}
