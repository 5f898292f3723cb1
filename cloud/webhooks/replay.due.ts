import { z } from 'zod';
import { defineDueTable } from '../../core/due/due-table';
import { findEvents } from '../../core/events/event.store';
import { deliveryRows, newDelivery, supersedeDeliveries } from './delivery.store';
import { findEndpoint } from './endpoint.store';
import { putDeliveries } from './send.due';

/** Ids of one due row: under 10 kB. */
const PART = 200;

const payload = z.strictObject({
  replay_id: z.string(),
  endpoint_id: z.string(),
  /** When it was asked for, milliseconds since 1970: its deliveries are as old as that, whenever they are made. */
  at: z.int(),
  event_ids: z.array(z.string()).max(PART),
});

/** Parts of replays. The ids of the deliveries follow from replay and event, so a repetition makes none twice. */
export const replayDue = defineDueTable({
  name: 'webhook_replay',
  queue: 'webhooks',
  payload,
  timeoutMs: 60_000,
  classes: { low: { attempts: 20 } },
  concurrency: 2,
  pumps: 1,
  handler: async (ctx, { payload: { replay_id: replayId, endpoint_id: endpointId, at, event_ids: ids } }) => {
    const endpoint = await findEndpoint(endpointId);
    // Gone with all that was to be sent to it.
    if (!endpoint) return;
    const events = await findEvents(ids);
    const askedAt = new Date(at);
    const place = new Map(ids.map((id, index) => [id, index]));
    const rows = events
      .sort((a, b) => place.get(a.id)! - place.get(b.id)!)
      .map((event) => newDelivery(endpoint, event, replayId, askedAt));
    await deliveryRows.insertMany(rows);
    await supersedeDeliveries(endpointId, ids, { replay: { id: replayId, at: askedAt }, now: ctx.clock.now() });
    await putDeliveries(rows);
  },
});

/** Accepts a replay: on PostgreSQL whole or not at all. */
export async function putReplay(
  replayId: string,
  { endpointId, tenant, eventIds, at }: { endpointId: string; tenant: string; eventIds: readonly string[]; at: Date },
): Promise<void> {
  const parts = Array.from({ length: Math.ceil(eventIds.length / PART) }, (_, part) => ({
    key: `${replayId}:${part}`,
    tenant,
    class: 'low' as const,
    payload: {
      replay_id: replayId,
      endpoint_id: endpointId,
      at: at.getTime(),
      event_ids: eventIds.slice(part * PART, (part + 1) * PART),
    },
  }));
  await replayDue.put(parts);
}
