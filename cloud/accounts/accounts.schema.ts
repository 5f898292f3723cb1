import type { ClassDefinition } from '../../core/schema/class-definition';
import type { TableDefinition } from '../../core/schema/table-definition';

/** Fields beside Parse's own (username, email, password, emailVerified, authData). */
export const userClass: ClassDefinition = {
  className: '_User',
  fields: {
    name: { type: 'String' },
    company: { type: 'String' },
    business_domain: { type: 'String' },
    revenue_range: { type: 'String' },
    country: { type: 'String' },
    mobile_number: { type: 'String' },
    stripe_customer_id: { type: 'String' },
    payment_status: { type: 'String' },
    /** `self`, `enterprise` or `internal`. */
    type: { type: 'String' },
    /** `active`, `suspended` or `deleted`. */
    status: { type: 'String' },
    last_active_at: { type: 'Date' },
    deleted_at: { type: 'Date' },
    tenant: { type: 'Pointer', targetClass: 'Tenant' },
    /** Who of the staff made the account. */
    created_by: { type: 'Pointer', targetClass: '_User' },
  },
  indexes: [{ fields: ['status'] }, { fields: ['tenant'] }, { fields: ['last_active_at'] }],
  access: 'own',
  tenant: false,
};

/** One row a refresh token; a family is the line of tokens that began with one login. */
export const refreshTokenClass: ClassDefinition = {
  className: 'RefreshToken',
  fields: {
    user: { type: 'Pointer', targetClass: '_User' },
    family: { type: 'String' },
    /** SHA-256 of the token, hexadecimal; the token itself is nowhere. */
    token_hash: { type: 'String' },
    /** The _Session that came with it; without that row the token is dead. */
    session_id: { type: 'String' },
    /** SHA-256 of that session's token: who signs out with it after a refresh ended it is known by this. */
    session_hash: { type: 'String' },
    expires_at: { type: 'Date' },
    used_at: { type: 'Date' },
    revoked_at: { type: 'Date' },
  },
  indexes: [
    { fields: ['token_hash'], unique: true },
    { fields: ['family'] },
    { fields: ['session_id'] },
    { fields: ['session_hash'] },
    { fields: ['user'] },
    { fields: ['expires_at'] },
  ],
  access: 'priv',
  tenant: false,
};

/** Erasures asked for and done: the promise to finish one that was cut off, and the proof that it was done. */
export const erasureTable: TableDefinition = {
  name: 'erasure',
  postgres: [
    `create table if not exists app.erasure (user_id text primary key, tenant_id text,
      requested_at timestamptz not null, erased_at timestamptz)`,
    // A deletion under way, which a trigger may still refuse: finished only where the account is gone.
    'alter table app.erasure add column if not exists only_if_gone boolean not null default false',
  ],
  mongo: [{ key: { erased_at: 1 } }],
};
