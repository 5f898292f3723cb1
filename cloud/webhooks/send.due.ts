import { z } from 'zod';
import { defineDueTable } from '../../core/due/due-table';
import type { DueOptions, NewDueRow } from '../../core/due/due.types';
import type { DeliveryRow } from './delivery.store';
import { Sender } from './sender';

/** Due rows that are loaded, sent and written together. */
const BATCH = 100;
const TRIES = 20;

const payload = z.strictObject({ delivery_id: z.string(), endpoint_id: z.string() });

/** How due rows are sent by a sender. */
export const dueOptionsOf = (sender: Sender): DueOptions<typeof payload> => ({
  name: 'webhook',
  queue: 'webhooks',
  payload,
  timeoutMs: 30_000,
  // Failures of receivers have a plan of their own; these are ours, such as a database that is away.
  classes: { normal: { attempts: TRIES }, low: { attempts: TRIES } },
  concurrency: BATCH,
  pumps: 4,
  keepDays: { done: 1 },
  handler: { size: BATCH, run: (_ctx, rows, { signal }) => sender.run(rows, signal) },
  onBuried: (_ctx, { key }) => sender.giveUp(key),
});

const ours = new Sender({ now: (): Promise<Date> => webhookDue.now() });

/** One row a delivery that is not at its end; its key is the delivery's id. */
export const webhookDue = defineDueTable(dueOptionsOf(ours));

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

/** Ends what this process sends; for its end. */
export const closeSender = (): Promise<void> => ours.close();
