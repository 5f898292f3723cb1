import { z } from 'zod';
import { defineEventType } from '../../core/events/event.types';

/** The payload is read by id: it may be large, and holds what others wrote. */
export const incomingEventTypes = [
  defineEventType({
    name: 'webhook.*',
    summary: 'A webhook came in: `webhook.<source>.<event>`, the event as the sender calls it.',
    subject: 'IncomingWebhook',
    payload: z.strictObject({
      incoming_webhook_id: z.string().describe('Read it at /api/integrations/webhooks/{id}.'),
      source: z.string(),
      event: z.string(),
      webhook_id: z.string().describe('The sender’s id, or `sha256:` and the digest of the body.'),
      process_number: z.int().min(1).describe('2 and more: somebody asked for it to be processed again.'),
    }),
    example: {
      incoming_webhook_id: '3f9c1d0e5b7a4c2896d1e0aa',
      source: 'stripe',
      event: 'invoice.paid',
      webhook_id: 'evt_1NG8Du2eZvKYlo2CUI79vXWy',
      process_number: 1,
    },
  }),
];
