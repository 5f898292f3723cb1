import { z } from 'zod';
import type { Ctx } from '../../core/context';
import { defineDueTable } from '../../core/due/due-table';
import type { HandledRow } from '../../core/due/due.types';
import { toFailureRecord } from '../../core/errors';
import { recordEvents } from '../../core/events/record';
import type { NewEvent } from '../../core/events/event.types';
import { findManyIncoming, markFailed, markProcessed, type IncomingFacts } from './incoming.store';

const payload = z.strictObject({ incoming_id: z.string(), number: z.int() });
type Row = HandledRow<z.output<typeof payload>>;

/** A row for each time that a webhook is to be processed. */
export const incomingDue = defineDueTable({
  name: 'incoming',
  queue: 'events',
  payload,
  timeoutMs: 30_000,
  concurrency: 200,
  keepDays: { done: 1 },
  handler: { size: 50, run: processBatch },
  onBuried: async (ctx, { payload: given }, error) => {
    const { code, message } = toFailureRecord(error);
    const { incoming_id: id, number } = payload.parse(given);
    await markFailed({ id, number }, { code, message }, ctx.clock.now());
  },
});

/** Again for one that is there: nothing. */
export async function putIncoming(rows: readonly IncomingFacts[]): Promise<void> {
  if (!rows.length) return;
  await incomingDue.put(
    rows.map(({ objectId, tenant, process_number: number }) => ({
      key: keyOf(objectId, number),
      tenant,
      payload: { incoming_id: objectId, number },
    })),
  );
}

/** Each is an event, once a number, however often this runs. */
async function processBatch(ctx: Ctx, rows: readonly Row[]): Promise<readonly (Error | undefined)[]> {
  const found = await findManyIncoming(rows.map(({ payload: { incoming_id: id } }) => id));
  const byId = new Map(found.map((one) => [one.objectId, one]));
  const turns = rows
    .map(({ payload: { incoming_id: id, number } }) => ({ id, number }))
    .filter(({ id }) => byId.has(id));
  await recordEvents(turns.map(({ id, number }) => eventOf(byId.get(id)!, number)));
  await markProcessed(turns, ctx.clock.now());
  // What is no longer kept is nothing to process.
  return rows.map(() => undefined);
}

function eventOf(webhook: IncomingFacts, number: number): NewEvent {
  const { objectId: id, source, event, webhook_id: webhookId } = webhook;
  return {
    key: `incoming:${keyOf(id, number)}`,
    type: `webhook.${source}.${event}`,
    tenant: webhook.tenant,
    subject: { className: 'IncomingWebhook', id },
    payload: { incoming_webhook_id: id, source, event, webhook_id: webhookId, process_number: number },
    occurredAt: webhook.createdAt,
    requestId: webhook.request_id,
  };
}

const keyOf = (id: string, number: number): string => `${id}:${number}`;
