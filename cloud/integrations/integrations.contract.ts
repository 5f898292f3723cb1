import { z } from 'zod';
import { defineContract } from '../../core/operation/contract';

/** What can be asked of each service. `connect` is none of its own actions: it is reached, and shown the key. */
const ACTIONS = {
  notify: ['connect', 'send_notification', 'create_campaign'],
  automator: ['connect', 'create_workflow', 'trigger_action'],
  parse: ['connect', 'data_sync', 'user_management'],
  webhooks: ['connect'],
  database: ['connect'],
  queue: ['connect'],
  redis: ['connect'],
} as const;
export type ServiceName = keyof typeof ACTIONS;
export const SERVICES = Object.keys(ACTIONS) as ServiceName[];

const service = z.enum(SERVICES as [ServiceName, ...ServiceName[]]);
const milliseconds = z.int().min(0);

const serviceState = z.object({
  status: z.enum(['connected', 'degraded', 'disconnected', 'not_configured']),
  configured: z.boolean(),
  latency: milliseconds.nullable().describe('Of the last check, milliseconds.'),
  last_checked: z.iso.datetime().nullable().describe('By the answering process; null before the first check.'),
  last_error: z.string().nullable().describe('What the last check found wrong.'),
  circuit: z
    .enum(['closed', 'open', 'half_open'])
    .describe('open: calls are refused for some time, because the last ones failed. half_open: the next call decides.'),
});

export const getIntegrationStatus = defineContract({
  name: 'getIntegrationStatus',
  summary: 'Which outside service works',
  description:
    'From what a background check of the answering process saw last; nothing is asked for the answer, which is 200 ' +
    'whatever is away. `degraded`: it works, but slowly or in part. `parse` is the server of PARSE_SERVER_URL, else ' +
    'this one; `webhooks` tells of the deliveries of the last hour, and is `not_configured` while nobody has an ' +
    'endpoint. `healthy`: all that are configured are `connected`.',
  tag: 'Integrations',
  rest: { method: 'GET', path: '/integrations/status', status: 200 },
  cloud: true,
  access: { kind: 'operator' },
  limit: 'signed-in',
  input: z.strictObject({}),
  output: z.object({
    status: z.enum(['healthy', 'degraded']),
    services: z.object(Object.fromEntries(SERVICES.map((name) => [name, serviceState])) as Services),
  }),
  idempotency: 'none',
});

type Services = Record<ServiceName, typeof serviceState>;

export const testIntegration = defineContract({
  name: 'testIntegration',
  summary: 'Tries the address and the key of a service',
  description:
    'Calls the service now, in the way that has no effect: `action` and `data` are what you mean to do, and are not ' +
    'sent. 502: the service refused the key, or did not answer as it should. 503: it is not configured, or could not ' +
    'be reached.',
  tag: 'Integrations',
  rest: { method: 'POST', path: '/integrations/test', status: 200 },
  cloud: true,
  access: { kind: 'operator' },
  input: z
    .strictObject({
      service,
      action: z.string().max(64).default('connect'),
      data: z.record(z.string(), z.unknown()).default({}),
    })
    .superRefine((input, check) => {
      const actions: readonly string[] = ACTIONS[input.service];
      if (!actions.includes(input.action))
        check.addIssue({ code: 'custom', path: ['action'], message: `must be one of: ${actions.join(', ')}` });
    }),
  output: z.object({
    service,
    action: z.string(),
    success: z.literal(true),
    latency: milliseconds,
    message: z.string(),
  }),
  errors: ['INTEGRATION_FAILED', 'INTEGRATION_NOT_CONFIGURED', 'SERVICE_UNAVAILABLE'],
  idempotency: 'none',
});
