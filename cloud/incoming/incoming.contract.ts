import { z } from 'zod';
import { defineContract } from '../../core/operation/contract';
import { listInput, pageOutput } from '../../core/operation/paging';
import { TENANT_ADMINS, tenantField } from '../../core/operation/tenant-admins';

const TAG = 'Webhooks in';

const received = z.strictObject({
  received: z.literal(true),
  event_id: z.string().describe('Of the stored webhook: GET /api/integrations/webhooks/{event_id}.'),
  duplicate: z.literal(true).optional().describe('It came before; nothing happens again.'),
});
const MAX_BYTES = 1_048_576;
const door = {
  tag: TAG,
  cloud: false,
  output: received,
  errors: ['NOT_FOUND', 'PAYLOAD_TOO_LARGE', 'INTEGRATION_NOT_CONFIGURED', 'DATABASE_ERROR'],
  // By the sender's own id, or by a digest of the body.
  idempotency: 'none',
  // Who signs right is charged for nothing, what is refused is charged to the address.
  limit: 'none',
  audit: 'refusals',
} as const;

export const receiveWebhook = defineContract({
  ...door,
  name: 'receiveWebhook',
  summary: 'Receive a webhook of the server’s own scheme',
  description:
    'The body is `{event, source, data, timestamp}` in JSON, the time in ISO 8601 and within five minutes. ' +
    '`X-Webhook-Signature: sha256=<hex>` is the HMAC-SHA256 of the bytes with WEBHOOK_SECRET, `X-Webhook-Id` the ' +
    'sender’s id. It is stored before it is answered, and accepted once an id: docs/webhooks-in.md.',
  rest: { method: 'POST', path: '/integrations/webhook', status: 202, body: 'raw', maxBytes: MAX_BYTES },
  access: { kind: 'signed', by: 'whoever has WEBHOOK_SECRET' },
  input: z.strictObject({}),
});

export const receiveWebhookFrom = defineContract({
  ...door,
  name: 'receiveWebhookFrom',
  summary: 'Receive a webhook of Stripe, Shopify, GitHub or a sender of a tenant',
  description:
    'Signed as the sender does it: `stripe`, `shopify`, `github` and `own` with the secrets of the settings, and ' +
    'sources that tenants have made (POST /api/integrations/webhook-sources) by their id.',
  rest: { method: 'POST', path: '/integrations/webhook/{source}', status: 202, body: 'raw', maxBytes: MAX_BYTES },
  access: { kind: 'signed', by: 'the sender' },
  input: z.strictObject({
    source: z.string().min(1).max(64).describe('`stripe`, `github`, …, or the id of a source.'),
  }),
});

const webhook = z.strictObject({
  id: z.string().describe('`event_id` of the answer that the sender got.'),
  tenant: z.string(),
  source: z.string(),
  event: z.string().describe('As the sender calls it; it becomes the event `webhook.<source>.<event>`.'),
  webhook_id: z
    .string()
    .describe(
      'The sender’s id; `sha256:` and the digest of the body where there is none, `sha256-id:` and its own where it is long.',
    ),
  signature_ok: z.boolean(),
  status: z.enum(['received', 'processed', 'failed']),
  size_bytes: z.int(),
  process_number: z.int().describe('How often it was to be processed, the present time included.'),
  last_error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
  request_id: z.string(),
  received_at: z.iso.datetime(),
  processed_at: z.iso.datetime().nullable(),
});
const oneWebhook = z.strictObject({
  incoming_webhook_id: z.string().min(1).max(64).describe('Id of the stored webhook.'),
});

export const listIncomingWebhooks = defineContract({
  name: 'listIncomingWebhooks',
  summary: 'Webhooks that came in, the newest first',
  description: 'Those of one tenant, without their bodies. They are kept for EVENT_RETENTION_DAYS.',
  tag: TAG,
  rest: { method: 'GET', path: '/integrations/webhooks', status: 200 },
  cloud: true,
  access: TENANT_ADMINS,
  input: listInput(
    {
      tenant: tenantField,
      source: z.string().min(1).max(40).optional().describe('Name of the source.'),
      event: z.string().min(1).max(120).optional(),
      status: z.enum(['received', 'processed', 'failed']).optional(),
      from: z.iso.datetime({ offset: true }).optional().describe('Received from then on.'),
      to: z.iso.datetime({ offset: true }).optional().describe('Received before then.'),
    },
    { byDefault: 20, atMost: 100 },
  ),
  output: z.strictObject({ webhooks: z.array(webhook), ...pageOutput }),
  errors: ['NOT_FOUND'],
  idempotency: 'none',
});

export const getIncomingWebhook = defineContract({
  name: 'getIncomingWebhook',
  summary: 'One webhook that came in, with its body',
  tag: TAG,
  rest: { method: 'GET', path: '/integrations/webhooks/{incoming_webhook_id}', status: 200 },
  cloud: true,
  access: TENANT_ADMINS,
  input: oneWebhook,
  output: webhook.extend({
    payload: z.string().nullable().describe('The body as it came: JSON text. Null once it was erased.'),
    headers: z.record(z.string(), z.string()).describe('Those that tell of the webhook; never signatures.'),
    events: z
      .array(z.strictObject({ id: z.string(), type: z.string() }))
      .describe('What it became: one, and one more each time that it was processed again.'),
  }),
  errors: ['NOT_FOUND'],
  idempotency: 'none',
});

export const processIncomingWebhook = defineContract({
  name: 'processIncomingWebhook',
  summary: 'Process a webhook that came in again',
  description: 'Makes another event of it, for whoever has dealt with the first one wrongly, or not at all.',
  tag: TAG,
  rest: { method: 'POST', path: '/integrations/webhooks/{incoming_webhook_id}/process', status: 202 },
  cloud: true,
  access: TENANT_ADMINS,
  input: oneWebhook,
  output: webhook,
  errors: ['NOT_FOUND', 'CONFLICT'],
  idempotency: 'key',
});
