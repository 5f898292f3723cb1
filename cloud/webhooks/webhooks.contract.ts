import { z } from 'zod';
import { defineContract } from '../../core/operation/contract';
import { listInput, pageOutput } from '../../core/operation/paging';
import { TENANT_ADMINS, tenantField } from '../../core/operation/tenant-admins';

const TAG = 'Webhooks';

export const webhookId = z.string().min(1).max(64).describe('Id of the endpoint.');
const fields = {
  description: z.string().max(200).optional(),
  types: z
    .array(z.string().min(1).max(200))
    .min(1)
    .max(50)
    .optional()
    .describe('Types of events (docs/events.md), patterns such as `event.*`, or `*` for all, which is the default.'),
  active: z.boolean().optional().describe('Whether it gets events; default true.'),
  max_per_second: z.int().min(1).max(1000).optional().describe('Requests that it gets in a second; default 50.'),
  max_in_flight: z.int().min(1).max(50).optional().describe('Requests that wait for its answer at once; default 5.'),
};
const url = z
  .string()
  .min(1)
  .max(2048)
  .describe('https, on port 443 or 80, of a host on the public internet; redirects are not followed.');

const time = z.iso.datetime().nullable();
const endpoint = z.strictObject({
  id: z.string(),
  tenant: z.string(),
  url: z.string(),
  description: z.string(),
  types: z.array(z.string()),
  active: z.boolean(),
  disabled_reason: z
    .enum(['gone', 'failing', 'by_hand'])
    .nullable()
    .describe('It answered 410; it failed for five days; somebody switched it off.'),
  disabled_at: time,
  failing_since: time.describe('First failure since the last success.'),
  failure_count: z.int().describe('Failures since the last success, counted every few seconds.'),
  last_success_at: time,
  last_failure_at: time,
  max_per_second: z.int(),
  max_in_flight: z.int(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});
const secret = z.string().describe('`whsec_` and base64; shown this once. Receivers verify signatures with it.');
const oneWebhook = z.strictObject({ webhook_id: webhookId });

export const listWebhooks = defineContract({
  name: 'listWebhooks',
  summary: 'Webhook endpoints of a tenant, the newest first',
  tag: TAG,
  rest: { method: 'GET', path: '/webhooks', status: 200 },
  cloud: true,
  access: TENANT_ADMINS,
  input: listInput({ tenant: tenantField, active: z.boolean().optional() }, { byDefault: 20, atMost: 100 }),
  output: z.strictObject({ webhooks: z.array(endpoint), ...pageOutput }),
  errors: ['NOT_FOUND'],
  idempotency: 'none',
});

export const createWebhook = defineContract({
  name: 'createWebhook',
  summary: 'Subscribe a URL to events',
  description:
    'What happens from now on is sent there, signed as Standard Webhooks says, at least once, with an id that never ' +
    'changes: docs/webhooks.md. A tenant has at most 50.',
  tag: TAG,
  rest: { method: 'POST', path: '/webhooks', status: 201 },
  cloud: true,
  access: TENANT_ADMINS,
  input: z.strictObject({ url, ...fields, tenant: tenantField }),
  output: endpoint.extend({ secret }),
  errors: ['NOT_FOUND', 'CONFLICT'],
  // The answer holds a secret, which is stored nowhere in the open.
  idempotency: 'none',
});

export const getWebhook = defineContract({
  name: 'getWebhook',
  summary: 'Read a webhook endpoint, and whether it works',
  tag: TAG,
  rest: { method: 'GET', path: '/webhooks/{webhook_id}', status: 200 },
  cloud: true,
  access: TENANT_ADMINS,
  input: oneWebhook,
  output: endpoint,
  errors: ['NOT_FOUND'],
  idempotency: 'none',
});

export const updateWebhook = defineContract({
  name: 'updateWebhook',
  summary: 'Change a webhook endpoint, or switch it off and on',
  description:
    'Fields that are not named stay. A new URL switches on what the server has disabled. Switched off, it gets ' +
    'nothing, and what it has not got yet is cancelled: replay it afterwards.',
  tag: TAG,
  rest: { method: 'PUT', path: '/webhooks/{webhook_id}', status: 200 },
  cloud: true,
  access: TENANT_ADMINS,
  input: z.strictObject({ webhook_id: webhookId, url: url.optional(), ...fields }),
  output: endpoint,
  errors: ['NOT_FOUND'],
  idempotency: 'key',
});

export const deleteWebhook = defineContract({
  name: 'deleteWebhook',
  summary: 'Remove a webhook endpoint and its secrets; what it has not got yet is cancelled',
  tag: TAG,
  rest: { method: 'DELETE', path: '/webhooks/{webhook_id}', status: 204 },
  cloud: true,
  access: TENANT_ADMINS,
  input: oneWebhook,
  output: z.null(),
  errors: ['NOT_FOUND'],
  idempotency: 'key',
});

export const rotateWebhookSecret = defineContract({
  name: 'rotateWebhookSecret',
  summary: 'Make a new secret of a webhook endpoint',
  description:
    'For 24 hours all requests are signed with both, so that receivers change over without losing any. ' +
    '`revoke_previous` ends the old one at once: for one that became known.',
  tag: TAG,
  rest: { method: 'POST', path: '/webhooks/{webhook_id}/rotate-secret', status: 200 },
  cloud: true,
  access: TENANT_ADMINS,
  input: z.strictObject({ webhook_id: webhookId, revoke_previous: z.boolean().default(false) }),
  output: z.strictObject({ id: z.string(), secret, previous_valid_until: time }),
  errors: ['NOT_FOUND', 'CONFLICT'],
  idempotency: 'none',
});

export const sendTestWebhook = defineContract({
  name: 'sendTestWebhook',
  summary: 'Send a test event to a webhook endpoint',
  description: 'An event `webhook_test`, whatever types it asks for; no other endpoint gets it.',
  tag: TAG,
  rest: { method: 'POST', path: '/webhooks/{webhook_id}/test', status: 202 },
  cloud: true,
  access: TENANT_ADMINS,
  input: oneWebhook,
  output: z.strictObject({ delivery_id: z.string(), event_id: z.string(), status: z.literal('pending') }),
  errors: ['NOT_FOUND', 'CONFLICT'],
  idempotency: 'key',
});
