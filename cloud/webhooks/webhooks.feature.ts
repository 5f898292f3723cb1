import type { Feature } from '../../core/feature';
import { webhookDeliveryClass, webhookEndpointClass, webhookSecretTable } from './webhooks.schema';

/** Events sent to URLs of tenants: who asks for them, what was sent, and sending it again. */
export const webhooksFeature: Feature = {
  name: 'webhooks',
  classes: [webhookEndpointClass, webhookDeliveryClass],
  tables: [webhookSecretTable],
  queues: [{ name: 'webhooks', share: 12 }],
};
