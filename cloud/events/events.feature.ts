import type { Feature } from '../../core/feature';
import { defineOperation } from '../../core/operation/operation';
import * as contract from './events.contract';
import { getEvent, listEvents, listEventTypes } from './events.service';

/** What happened, for people and programs to read; who records it and acts on it: core/events. */
export const eventsFeature: Feature = {
  name: 'events',
  operations: [
    defineOperation(contract.listEventTypes, () => Promise.resolve(listEventTypes())),
    defineOperation(contract.listEvents, listEvents),
    defineOperation(contract.getEvent, (ctx, { event_id: id }) => getEvent(ctx, id)),
  ],
};
