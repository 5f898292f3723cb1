import type { Feature } from '../../core/feature';
import { webhookChores } from './chores';
import { registerEndpointTriggers } from './endpoint.triggers';
import { replayDue } from './replay.due';
import { closeSender, webhookDue } from './send.due';
import { sweepDeliveries } from './send.sweep';
import { webhooksConsumer } from './webhooks.consumer';
import { webhookEventSources, webhookEventTypes } from './webhooks.events';
import { webhookOperations } from './webhooks.operations';
import { webhookDeliveryClass, webhookEndpointClass, webhookSecretTable } from './webhooks.schema';

/** Events sent to URLs of tenants: who asks for them, what was sent, and sending it again. */
export const webhooksFeature: Feature = {
  name: 'webhooks',
  operations: webhookOperations,
  classes: [webhookEndpointClass, webhookDeliveryClass],
  tables: [webhookSecretTable],
  queues: [{ name: 'webhooks', share: 12 }],
  due: [webhookDue, replayDue],
  consumers: [webhooksConsumer],
  eventTypes: webhookEventTypes,
  eventSources: webhookEventSources,
  triggers: registerEndpointTriggers,
  loops: [sweepDeliveries, webhookChores],
  start: (role) => Promise.resolve(role === 'worker' ? closeSender : () => Promise.resolve()),
};
