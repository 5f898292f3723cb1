import { z } from 'zod';
import { defineContract } from '../../core/operation/contract';
import { listInput, pageOutput } from '../../core/operation/paging';
import { TENANT_ADMINS } from '../../core/operation/tenant-admins';
import { webhookId } from './webhooks.contract';
import { DELIVERY_STATUSES } from './webhooks.schema';

const TAG = 'Webhooks';
const time = z.iso.datetime().nullable();
const moment = z.iso.datetime({ offset: true });
const deliveryId = z.string().min(1).max(64).describe('Id of the delivery.');
const types = z.array(z.string().min(1).max(200)).min(1).max(50);

const delivery = z.strictObject({
  id: z.string(),
  webhook_id: z.string(),
  event_id: z.string().describe('The `webhook-id` of its requests.'),
  event_type: z.string(),
  subject_id: z.string(),
  status: z
    .enum(DELIVERY_STATUSES)
    .describe('`failed` will be tried again; `exhausted` had all its tries; `cancelled`: `last_error` says why.'),
  attempts: z.int(),
  replay_id: z.string().nullable().describe('Of the replay or retry that made it.'),
  response_status: z.int().nullable(),
  duration_ms: z.number().nullable(),
  last_error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
  next_attempt_at: time,
  delivered_at: time,
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});

export const listWebhookDeliveries = defineContract({
  name: 'listWebhookDeliveries',
  summary: 'What a webhook endpoint was sent, the newest first',
  tag: TAG,
  rest: { method: 'GET', path: '/webhooks/{webhook_id}/deliveries', status: 200 },
  cloud: true,
  access: TENANT_ADMINS,
  input: listInput(
    {
      webhook_id: webhookId,
      status: z.enum(DELIVERY_STATUSES).optional(),
      event_type: z.string().min(1).max(240).optional(),
      event_id: z.string().min(1).max(64).optional(),
      replay_id: z.string().min(1).max(64).optional(),
      from: moment.optional().describe('Made from then on.'),
      to: moment.optional().describe('Made before then.'),
    },
    { byDefault: 20, atMost: 100 },
  ),
  output: z.strictObject({ deliveries: z.array(delivery), ...pageOutput }),
  errors: ['NOT_FOUND'],
  idempotency: 'none',
});

export const getWebhookDelivery = defineContract({
  name: 'getWebhookDelivery',
  summary: 'One delivery with the request and the answer of its last attempt',
  description:
    'The body is made from the event, the same bytes as were sent; null when the event is not kept any more.',
  tag: TAG,
  rest: { method: 'GET', path: '/webhooks/deliveries/{delivery_id}', status: 200 },
  cloud: true,
  access: TENANT_ADMINS,
  input: z.strictObject({ delivery_id: deliveryId }),
  output: delivery.extend({
    request: z.strictObject({ headers: z.record(z.string(), z.string()).nullable(), body: z.string().nullable() }),
    response: z.strictObject({
      status: z.int().nullable(),
      body: z.string().nullable().describe('The first 4 kB.'),
    }),
  }),
  errors: ['NOT_FOUND'],
  idempotency: 'none',
});

export const retryWebhookDelivery = defineContract({
  name: 'retryWebhookDelivery',
  summary: 'Send a delivery again',
  description:
    'A new delivery of the same event, with tries of its own. One that failed and waits for its next attempt is ' +
    'cancelled. 409 where the endpoint is switched off, or the event is not kept any more.',
  tag: TAG,
  rest: { method: 'POST', path: '/webhooks/deliveries/{delivery_id}/retry', status: 202 },
  cloud: true,
  access: TENANT_ADMINS,
  input: z.strictObject({ delivery_id: deliveryId }),
  output: z.strictObject({ delivery_id: z.string(), event_id: z.string(), status: z.literal('pending') }),
  errors: ['NOT_FOUND', 'CONFLICT'],
  idempotency: 'key',
});

export const replayWebhook = defineContract({
  name: 'replayWebhook',
  summary: 'Send a range of events again, after seeing how many that will be',
  description:
    'Events of the tenant recorded in the range, the oldest first. `dry_run` answers how many; without it as many ' +
    'are sent as the answer says. They go out behind what happens now. At most 100,000 in one call.',
  tag: TAG,
  rest: { method: 'POST', path: '/webhooks/{webhook_id}/replay', status: 200 },
  cloud: true,
  access: TENANT_ADMINS,
  input: z.strictObject({
    webhook_id: webhookId,
    from: moment.describe('Recorded from then on.'),
    to: moment.optional().describe('Recorded before then; default and latest: now.'),
    types: types.optional().describe('Types and patterns; by default those of the endpoint.'),
    only_failed: z
      .boolean()
      .default(false)
      .describe('Only events whose last delivery to this endpoint failed, ran out of tries or was cancelled.'),
    dry_run: z.boolean().default(false).describe('Sends nothing.'),
  }),
  output: z.strictObject({
    replay_id: z.string().nullable().describe('For the list of deliveries; null of a dry run, and where none is sent.'),
    count: z.int().describe('Events that are sent, or would be.'),
    dry_run: z.boolean(),
    from: z.iso.datetime(),
    to: z.iso.datetime(),
  }),
  errors: ['NOT_FOUND', 'CONFLICT'],
  idempotency: 'key',
});
