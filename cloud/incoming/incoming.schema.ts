import type { ClassDefinition } from '../../core/schema/class-definition';
import type { TableDefinition } from '../../core/schema/table-definition';

export type SchemeName = 'own' | 'standard-webhooks' | 'stripe' | 'shopify' | 'github';

/** Of a sender: it stands in the names of its events. */
export const SOURCE_NAME = /^[a-z][a-z0-9_-]{0,39}$/;

/** `received`: stored, and soon an event. `failed`: could not be made one; it can be processed again. */
const INCOMING_STATUSES = ['received', 'processed', 'failed'] as const;
export type IncomingStatus = (typeof INCOMING_STATUSES)[number];

/** A webhook that came in, as it came. */
export const incomingWebhookClass: ClassDefinition = {
  className: 'IncomingWebhook',
  fields: {
    /** The sender's id, or `sha256-id:` and its digest; `sha256:` and the digest of the body where there is none. */
    webhook_id: { type: 'String' },
    /** Name of the source. */
    source: { type: 'String' },
    event: { type: 'String' },
    /** The body as text: its keys are the sender's, and no database has to understand them. */
    payload: { type: 'String' },
    size: { type: 'Number' },
    /** Those that tell of the webhook; never signatures. */
    headers: { type: 'Object' },
    /** What is not signed is not stored. */
    signature_ok: { type: 'Boolean' },
    status: { type: 'String', choices: INCOMING_STATUSES },
    /** How often it was to be processed, the present one included. */
    process_number: { type: 'Number' },
    processed_at: { type: 'Date' },
    /** {code, message}. */
    last_error: { type: 'Object' },
    request_id: { type: 'String' },
  },
  indexes: [
    { fields: ['tenant', 'source', 'webhook_id'], unique: true },
    { fields: ['tenant', 'createdAt'] },
    { fields: ['status', 'updatedAt'] },
    { fields: ['createdAt'] },
  ],
  access: 'log',
  tenant: true,
};

/** Senders that tenants have named. No class: nothing but the operations reads or writes it, and it holds secrets. */
export const incomingSourceTable: TableDefinition = {
  name: 'incoming_source',
  postgres: [
    `create table if not exists app.incoming_source (
      id text primary key, tenant text not null, name text not null, scheme text not null, enabled boolean not null,
      sealed text not null, sealed_before text, before_until timestamptz, version integer not null,
      created_at timestamptz not null, updated_at timestamptz not null, unique (tenant, name))`,
  ],
  mongo: [{ key: { tenant: 1, name: 1 }, unique: true }],
};
