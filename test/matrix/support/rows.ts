import { uniqueName } from '../../factories/ids';

/** What a client sends for a new row of a class, and a change of it that is always valid. */
export interface Sample {
  fields: () => Record<string, unknown>;
  change: Record<string, unknown>;
}

const now = (): object => ({ __type: 'Date', iso: new Date().toISOString() });

/** Rows of the classes that the matrix walks; every value is valid, so a refusal is about rights. */
export const SAMPLES: Record<string, Sample> = {
  Purchase: {
    fields: () => ({ order_id: uniqueName('o'), total: 12.5, currency: 'USD', status: 'paid', purchased_at: now() }),
    change: { channel: 'changed' },
  },
  Customer: { fields: () => ({ external_id: uniqueName('c'), name: 'Ada' }), change: { name: 'changed' } },
  Subscription: {
    fields: () => ({
      subscription_id: uniqueName('s'),
      plan: 'pro',
      amount: 10,
      currency: 'USD',
      interval: 'month',
      started_at: now(),
    }),
    change: { plan: 'changed' },
  },
  Event: {
    fields: () => ({ event_type: 'view', timestamp: now(), event_id: uniqueName('e') }),
    change: { source: 'changed' },
  },
  Cost: { fields: () => ({ date: now(), amount: 3, currency: 'USD', kind: 'acquisition' }), change: { kind: 'other' } },
  Product: {
    fields: () => ({ external_id: uniqueName('p'), title: 'Lamp', price: 5, currency: 'USD' }),
    change: { title: 'changed' },
  },
  AuditLog: { fields: () => ({ actor: 'test', action: 'test', outcome: 'ok' }), change: { outcome: 'changed' } },
  DeadLetter: {
    fields: () => ({
      message_id: uniqueName('m'),
      queue: 'matrix',
      type: 'test.job',
      payload: '{}',
      attempts: 1,
      last_error: 'none',
      failed_at: now(),
    }),
    change: { last_error: 'changed' },
  },
  WebhookDelivery: {
    fields: () => ({ event_id: uniqueName('e'), event_type: 'purchase', status: 'cancelled' }),
    change: { status: 'exhausted' },
  },
  IncomingWebhook: {
    fields: () => ({ source: 'matrix', webhook_id: uniqueName('w'), event: 'test', status: 'processed' }),
    change: { status: 'failed' },
  },
  RefreshToken: { fields: () => ({ token_hash: uniqueName('h') }), change: { family: 'changed' } },
  DashboardConfig: { fields: () => ({ key: uniqueName('k'), appId: 'test' }), change: { string: 'changed' } },
  Tenant: { fields: () => ({ name: 'Row', slug: uniqueName('t') }), change: { name: 'changed' } },
};
