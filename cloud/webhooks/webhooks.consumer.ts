import { defineConsumer } from '../../core/events/event.types';
import { deliveryRows, newDelivery } from './delivery.store';
import { endpointsFor } from './routing';
import { putDeliveries } from './send.due';

const BATCH = 100;

/**
 * Makes the deliveries of events: first the rows, whose ids follow from endpoint and event, then what sends them. A
 * repetition makes the same ones, and a sweep sends what a crash has left between the two.
 */
export const webhooksConsumer = defineConsumer({
  name: 'webhooks',
  types: ['*'],
  wants: async (events) => {
    const endpoints = await endpointsFor(events);
    return events.filter((event) => endpoints(event).length);
  },
  handler: {
    size: BATCH,
    run: async (ctx, events) => {
      const endpoints = await endpointsFor(events);
      const now = ctx.clock.now();
      const rows = events.flatMap((event) => endpoints(event).map((endpoint) => newDelivery(endpoint, event, '', now)));
      await deliveryRows.insertMany(rows);
      await putDeliveries(rows);
      return events.map(() => undefined);
    },
  },
});
