import { z } from 'zod';
import type { EventType } from '../events/event.types';
import type { JsonObject } from './openapi.schemas';

/** What an endpoint of a tenant is sent, one entry a type of event; docs/webhooks.md says how it is signed. */
export function webhooksOf(types: readonly EventType[]): Record<string, JsonObject> {
  return Object.fromEntries(types.map((type) => [type.name, { post: requestOf(type) }]));
}

function requestOf({ name, summary, payload, example }: EventType): JsonObject {
  const { $schema: _dialect, ...data } = z.toJSONSchema(payload) as JsonObject;
  const isFamily = name.endsWith('.*');
  const type = isFamily ? { type: 'string', pattern: `^${name.slice(0, -2)}\\.` } : { const: name };
  return {
    operationId: `webhook_${name.replace(/\W+/g, '_').replace(/_$/, '')}`,
    tags: ['Webhooks'],
    summary,
    parameters: HEADERS,
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: ['type', 'timestamp', 'data'],
            properties: { type, timestamp: { type: 'string', format: 'date-time' }, data },
          },
          example: {
            type: isFamily ? name.replace('*', 'example') : name,
            timestamp: '2026-11-02T10:00:00.000Z',
            data: example,
          },
        },
      },
    },
    responses: { '2XX': { description: 'Received. Anything else is tried again.' } },
  };
}

const header = (name: string, description: string): JsonObject => ({
  name,
  in: 'header',
  required: true,
  description,
  schema: { type: 'string' },
});

const HEADERS = [
  header('webhook-id', 'Id of the event; the same at every try: whoever has seen it drops the request.'),
  header('webhook-timestamp', 'Of this try, Unix seconds.'),
  header('webhook-signature', '`v1,` and the base64 of an HMAC-SHA256, one for each valid secret.'),
];
