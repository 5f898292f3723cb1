import { z } from 'zod';
import { defineEventType, type EventSource } from '../../core/events/event.types';
import { DISABLED_REASONS } from './webhooks.schema';

export const ENDPOINT_DISABLED = 'webhook_endpoint_disabled';
export const TEST_EVENT = 'webhook_test';

export const webhookEventTypes = [
  defineEventType({
    name: ENDPOINT_DISABLED,
    summary: 'A webhook endpoint was disabled, because it answered 410 or failed for five days.',
    subject: 'WebhookEndpoint',
    payload: z.strictObject({ webhook_id: z.string(), reason: z.enum(DISABLED_REASONS) }),
    example: { webhook_id: 'xWMyZ4YEGZ', reason: 'failing' },
  }),
  defineEventType({
    name: TEST_EVENT,
    summary: 'Somebody asked for a test of a webhook endpoint; no other endpoint gets it.',
    subject: 'WebhookEndpoint',
    payload: z.strictObject({ webhook_id: z.string() }),
    example: { webhook_id: 'xWMyZ4YEGZ' },
  }),
];

/** Stored with the change itself, so that its owner is told of every endpoint that the server disables. */
export const webhookEventSources: readonly EventSource[] = [
  {
    className: 'WebhookEndpoint',
    onSave: ({ object, original }) => {
      const reason: unknown = object.get('disabled_reason');
      const isDisabled = original?.get('active') === true && object.get('active') === false;
      if (!isDisabled || reason === 'by_hand') return [];
      return [{ type: ENDPOINT_DISABLED, payload: { webhook_id: object.id!, reason } }];
    },
  },
];
