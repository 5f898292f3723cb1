import type { Feature } from '../../core/feature';
import { incomingDue } from './incoming.due';
import { incomingEventTypes } from './incoming.events';
import { incomingLoops } from './incoming.loops';
import { incomingOperations } from './incoming.operations';
import { incomingSourceTable, incomingWebhookClass } from './incoming.schema';

/** Webhooks that come in: whose signature is right is stored before it is answered, and becomes an event, once. */
export const incomingFeature: Feature = {
  name: 'incoming',
  operations: incomingOperations,
  classes: [incomingWebhookClass],
  tables: [incomingSourceTable],
  due: [incomingDue],
  eventTypes: incomingEventTypes,
  loops: incomingLoops,
};
