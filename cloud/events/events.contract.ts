import { z } from 'zod';
import { defineContract, type Access } from '../../core/operation/contract';
import { listInput, pageOutput } from '../../core/operation/paging';

const TAG = 'Events';
const access: Access = { kind: 'roles', roles: ['tenant:admin', 'tenant:owner', 'analyst', 'admin', 'super_admin'] };

const eventId = z.uuid().describe('Of an event.');

const event = z.strictObject({
  id: z.string().describe('UUIDv7; never changes, and is the `webhook-id` of its deliveries.'),
  type: z.string(),
  tenant: z.string(),
  subject: z.strictObject({ class: z.string(), id: z.string() }),
  occurred_at: z.iso.datetime(),
  recorded_at: z.iso.datetime(),
  request_id: z.string().nullable().describe('Of the request that caused it.'),
  data: z.record(z.string(), z.unknown()),
});

export const listEvents = defineContract({
  name: 'listEvents',
  summary: 'What happened, the newest first',
  description:
    "Events of one's own tenant, platform admins: of all. They are kept for EVENT_RETENTION_DAYS. An event appears " +
    'about a second after the change that it is of.',
  tag: TAG,
  rest: { method: 'GET', path: '/events', status: 200 },
  cloud: true,
  access,
  input: listInput(
    {
      types: z
        .array(z.string().min(1).max(240))
        .max(50)
        .optional()
        .describe('Names, or `event.*` for all below; all by default.'),
      subject_class: z.string().min(1).max(100).optional().describe('With `subject_id`.'),
      subject_id: z.string().min(1).max(200).optional().describe('With `subject_class`.'),
      from: z.iso.datetime({ offset: true }).optional().describe('Recorded from then on.'),
      to: z.iso.datetime({ offset: true }).optional().describe('Recorded before then.'),
      tenant: z.string().min(1).max(64).optional().describe('Of platform admins: of this tenant alone.'),
    },
    { byDefault: 100, atMost: 1000 },
  ),
  output: z.strictObject({ events: z.array(event), ...pageOutput }),
  errors: ['NOT_FOUND'],
  idempotency: 'none',
});

export const getEvent = defineContract({
  name: 'getEvent',
  summary: 'One event',
  tag: TAG,
  rest: { method: 'GET', path: '/events/{event_id}', status: 200 },
  cloud: true,
  access,
  input: z.strictObject({ event_id: eventId }),
  output: event,
  errors: ['NOT_FOUND'],
  idempotency: 'none',
});

export const listEventTypes = defineContract({
  name: 'listEventTypes',
  summary: 'The catalogue of events',
  description:
    'The types of this server and of the cloud code of the application, each with its schema and an example.',
  tag: TAG,
  rest: { method: 'GET', path: '/events/types', status: 200 },
  cloud: true,
  access: { kind: 'user' },
  input: z.strictObject({}),
  output: z.strictObject({
    types: z.array(
      z.strictObject({
        name: z.string(),
        summary: z.string(),
        subject: z.string(),
        schema: z.record(z.string(), z.unknown()).describe('JSON Schema of `data`.'),
        example: z.record(z.string(), z.unknown()),
      }),
    ),
  }),
  idempotency: 'none',
});
