import { z } from 'zod';
import { defineDueTable } from '../../core/due/due-table';
import type { NewDueRow } from '../../core/due/due.types';
import type { DeliveryRow } from './delivery.store';
import { sendDelivery } from './sender';

/** One row a delivery that is not at its end; its key is the delivery's id. */
export const webhookDue = defineDueTable({
  name: 'webhook',
  queue: 'webhooks',
  payload: z.strictObject({ delivery_id: z.string(), endpoint_id: z.string() }),
  timeoutMs: 30_000,
  // Failures of receivers have a plan of their own; these are ours, such as a database that is away.
  classes: { normal: { attempts: 20 }, low: { attempts: 20 } },
  concurrency: 20,
  pumps: 4,
  keepDays: { done: 1 },
  handler: async (_ctx, { payload }, { signal }) => {
    await sendDelivery(payload.delivery_id, await webhookDue.now(), signal);
  },
});

/** Has deliveries sent; their rows are stored already. Again for one that is there: nothing. */
export async function putDeliveries(rows: readonly DeliveryRow[]): Promise<void> {
  if (rows.length) await webhookDue.put(rows.map(dueRowOf));
}

/** What somebody asked for again waits behind what happens now. */
function dueRowOf(delivery: DeliveryRow): NewDueRow {
  return {
    key: delivery.objectId,
    tenant: delivery.tenant,
    class: delivery.replay_id ? 'low' : 'normal',
    ...(delivery.next_attempt_at ? { dueAt: delivery.next_attempt_at } : {}),
    payload: { delivery_id: delivery.objectId, endpoint_id: delivery.endpoint },
  };
}
