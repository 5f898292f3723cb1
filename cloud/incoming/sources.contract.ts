import { z } from 'zod';
import { defineContract } from '../../core/operation/contract';
import { listInput, pageOutput } from '../../core/operation/paging';
import { TENANT_ADMINS, tenantField } from '../../core/operation/tenant-admins';

const TAG = 'Webhooks in';
const SCHEMES = ['own', 'standard-webhooks', 'stripe', 'shopify', 'github'] as const;
const shared = { tag: TAG, cloud: true, access: TENANT_ADMINS } as const;

const sourceId = z.string().min(1).max(64).describe('Id of the source.');
const oneSource = z.strictObject({ source_id: sourceId });
const givenSecret = z
  .string()
  .min(16)
  .max(512)
  .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
  .optional()
  .describe('What the sender signs with, where the sender makes it (Stripe, Shopify); default: one is made.');
const shownSecret = z.string().nullable().describe('One that was made here, shown this once; null where it was given.');
const enabled = z.boolean().describe('Switched off, its address answers 404.');

const source = z.strictObject({
  id: z.string(),
  tenant: z.string(),
  name: z.string(),
  scheme: z.enum(SCHEMES),
  url: z.string().describe('Where the sender sends its webhooks. Nobody else finds it.'),
  enabled,
  previous_secret_until: z.iso.datetime().nullable().describe('Until then the secret before is good, too.'),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});

export const listWebhookSources = defineContract({
  ...shared,
  name: 'listWebhookSources',
  summary: 'Senders of webhooks that a tenant has named, the newest first',
  rest: { method: 'GET', path: '/integrations/webhook-sources', status: 200 },
  input: listInput({ tenant: tenantField }, { byDefault: 20, atMost: 100 }),
  output: z.strictObject({ sources: z.array(source), ...pageOutput }),
  errors: ['NOT_FOUND'],
  idempotency: 'none',
});

export const createWebhookSource = defineContract({
  ...shared,
  name: 'createWebhookSource',
  summary: 'Name a sender of webhooks and get an address for it',
  description: 'What it sends becomes events `webhook.<name>.<event>` of the tenant. A tenant has at most 50.',
  rest: { method: 'POST', path: '/integrations/webhook-sources', status: 201 },
  input: z.strictObject({
    name: z
      .string()
      .regex(/^[a-z][a-z0-9_-]{0,39}$/, 'must be small letters, digits, _ and -, and begin with a letter')
      .describe('In the names of its events; stays.'),
    scheme: z.enum(SCHEMES).default('own').describe('How it signs; stays.'),
    secret: givenSecret,
    enabled: enabled.default(true),
    tenant: tenantField,
  }),
  output: source.extend({ secret: shownSecret }),
  errors: ['NOT_FOUND', 'CONFLICT'],
  // The answer holds a secret, which is stored nowhere in the open.
  idempotency: 'none',
});

export const getWebhookSource = defineContract({
  ...shared,
  name: 'getWebhookSource',
  summary: 'Read a sender of webhooks',
  rest: { method: 'GET', path: '/integrations/webhook-sources/{source_id}', status: 200 },
  input: oneSource,
  output: source,
  errors: ['NOT_FOUND'],
  idempotency: 'none',
});

export const updateWebhookSource = defineContract({
  ...shared,
  name: 'updateWebhookSource',
  summary: 'Switch a sender of webhooks off or on',
  rest: { method: 'PUT', path: '/integrations/webhook-sources/{source_id}', status: 200 },
  input: z.strictObject({ source_id: sourceId, enabled }),
  output: source,
  errors: ['NOT_FOUND'],
  idempotency: 'key',
});

export const deleteWebhookSource = defineContract({
  ...shared,
  name: 'deleteWebhookSource',
  summary: 'Remove a sender of webhooks and its secrets; what it has sent stays',
  rest: { method: 'DELETE', path: '/integrations/webhook-sources/{source_id}', status: 204 },
  input: oneSource,
  output: z.null(),
  errors: ['NOT_FOUND'],
  idempotency: 'key',
});

export const rotateWebhookSourceSecret = defineContract({
  ...shared,
  name: 'rotateWebhookSourceSecret',
  summary: 'Change the secret of a sender of webhooks',
  description:
    'For 24 hours both secrets are good, so that the sender changes over without losing any. `revoke_previous` ends ' +
    'the old one at once: for one that became known.',
  rest: { method: 'POST', path: '/integrations/webhook-sources/{source_id}/rotate-secret', status: 200 },
  input: z.strictObject({ source_id: sourceId, secret: givenSecret, revoke_previous: z.boolean().default(false) }),
  output: source.extend({ secret: shownSecret }),
  errors: ['NOT_FOUND', 'CONFLICT'],
  idempotency: 'none',
});

export const testWebhookSource = defineContract({
  ...shared,
  name: 'testWebhookSource',
  summary: 'Receive a test webhook of a sender',
  description: 'Made and signed here, and from there on like any other: it becomes the event `webhook.<name>.test`.',
  rest: { method: 'POST', path: '/integrations/webhook-sources/{source_id}/test', status: 202 },
  input: oneSource,
  output: z.strictObject({ received: z.literal(true), event_id: z.string() }),
  errors: ['NOT_FOUND'],
  idempotency: 'key',
});
