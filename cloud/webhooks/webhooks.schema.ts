import type { ClassDefinition } from '../../core/schema/class-definition';
import type { TableDefinition } from '../../core/schema/table-definition';

/**
 * Why an endpoint gets nothing: its receiver said that it is gone (410), it failed for five days, or somebody switched
 * it off.
 */
export const DISABLED_REASONS = ['gone', 'failing', 'by_hand'] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

/** `failed`: will be tried again. The last three are ends. */
export const DELIVERY_STATUSES = ['pending', 'failed', 'delivered', 'exhausted', 'cancelled'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];
/** Those that the sender still works on. */
export const OPEN_STATUSES = ['pending', 'failed'] as const;

/** What a client may set of an endpoint; everything else is the server's. */
const GIVEN = ['url', 'description', 'types', 'active', 'max_per_second', 'max_in_flight'] as const;

const ENDPOINT_FIELDS = {
  url: { type: 'String' },
  description: { type: 'String' },
  /** Names of types and patterns: `purchase`, `event.*`, `*`. */
  types: { type: 'Array' },
  active: { type: 'Boolean' },
  /** Since when it gets events, first or again. */
  enabled_at: { type: 'Date' },
  disabled_at: { type: 'Date' },
  disabled_reason: { type: 'String', choices: DISABLED_REASONS },
  /** The first failure since the last success. */
  failing_since: { type: 'Date' },
  last_success_at: { type: 'Date' },
  last_failure_at: { type: 'Date' },
  /** Failures since the last success, as far as they were noted: they are noted every few seconds. */
  failure_count: { type: 'Number' },
  max_per_second: { type: 'Number' },
  max_in_flight: { type: 'Number' },
} as const satisfies ClassDefinition['fields'];

/** A URL of a tenant that hears of its events. Its secrets lie in a table of their own: rows of classes are read by clients. */
export const webhookEndpointClass: ClassDefinition = {
  className: 'WebhookEndpoint',
  fields: ENDPOINT_FIELDS,
  indexes: [{ fields: ['tenant', 'active'] }],
  access: 'ten',
  tenant: true,
  serverFields: Object.keys(ENDPOINT_FIELDS).filter((name) => !(GIVEN as readonly string[]).includes(name)),
  // Whether it is switched on again, and since when, follows from these.
  derivesFrom: ['url'],
  auditedFields: ['active', 'disabled_reason'],
};

/**
 * One event for one endpoint. The body is not kept: it is rendered from the event, so that what an erasure takes out of
 * the event is nowhere else.
 */
export const webhookDeliveryClass: ClassDefinition = {
  className: 'WebhookDelivery',
  fields: {
    endpoint: { type: 'Pointer', targetClass: 'WebhookEndpoint' },
    event_id: { type: 'String' },
    event_type: { type: 'String' },
    subject_id: { type: 'String' },
    status: { type: 'String', choices: DELIVERY_STATUSES },
    attempts: { type: 'Number' },
    /** Which repetition it belongs to; empty for the first. */
    replay_id: { type: 'String' },
    response_status: { type: 'Number' },
    /** The first 4 kB of the last answer. */
    response_body: { type: 'String' },
    /** Of the last attempt. */
    request_headers: { type: 'Object' },
    duration_ms: { type: 'Number' },
    /** {code, message} of the last attempt; of one that was cancelled, why. */
    last_error: { type: 'Object' },
    next_attempt_at: { type: 'Date' },
    delivered_at: { type: 'Date' },
  },
  indexes: [
    { fields: ['endpoint', 'event_id', 'replay_id'], unique: true },
    { fields: ['endpoint', 'createdAt'] },
    { fields: ['status', 'createdAt'] },
    { fields: ['createdAt'] },
  ],
  access: 'log',
  tenant: true,
};

/** Sealed (core/sealed) under `webhook:<endpoint>`; the highest number is the current one. */
export const webhookSecretTable: TableDefinition = {
  name: 'webhook_secret',
  postgres: [
    `create table if not exists app.webhook_secret (
      endpoint_id text not null, number integer not null, sealed text not null,
      created_at timestamptz not null, expires_at timestamptz, primary key (endpoint_id, number))`,
  ],
  mongo: [{ key: { endpoint_id: 1, number: 1 }, unique: true }],
};
