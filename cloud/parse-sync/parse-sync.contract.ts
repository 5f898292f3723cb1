import { z } from 'zod';
import type { Access } from '../../core/operation/contract';
import { defineContract } from '../../core/operation/contract';

const TAG = 'Integrations';
const access: Access = { kind: 'key', scopes: ['integrations:parse'], roles: ['admin', 'super_admin'] };

const OUTSIDE = ['INTEGRATION_FAILED', 'INTEGRATION_NOT_CONFIGURED', 'TIMEOUT'] as const;
const OBJECT_OPERATIONS = ['upsert', 'create', 'read', 'update', 'delete'] as const;
const ACCOUNT_ACTIONS = ['create', 'read', 'update', 'delete'] as const;

const objectId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be an id');
const collection = z.string().min(1).max(128).describe('Name of a class, or the data type of a fact: `customers`.');
const data = z
  .looseObject({
    objectId: objectId.optional().describe('Kept as it is; `create` makes one where there is none.'),
    updatedAt: z
      .union([z.string(), z.looseObject({ __type: z.literal('Date'), iso: z.string() })])
      .optional()
      .describe('When the source changed it. An older state loses; without it the change counts as made now.'),
  })
  .describe('Fields in the JSON of Parse’s REST API; those that are not named stay.');

const userData = z
  .looseObject({
    objectId: objectId.optional().describe('Whom `read`, `update` and `delete` mean; else `username`, else `email`.'),
    username: z.string().max(254).optional(),
    email: z.string().max(254).optional(),
    password: z.string().max(1024).optional(),
  })
  .describe('Fields of POST /users and PUT /users/{user_id}.');

const syncOutput = z.strictObject({
  success: z.literal(true),
  operation: z.enum(OBJECT_OPERATIONS),
  collection: z.string(),
  objectId: z.string(),
  created: z.boolean(),
  applied: z.boolean().optional().describe('False where the target had this state already.'),
  updatedAt: z.iso.datetime().optional().describe('Of the state that the target has now, in the source’s time.'),
  data: z.record(z.string(), z.unknown()).optional().describe('Of `read`: the object.'),
});

const user = z
  .looseObject({
    id: z.string(),
    username: z.string(),
    email: z.string().nullable(),
    created_at: z.string(),
    updated_at: z.string(),
  })
  .describe('As GET /users/{user_id} shows it; of another server, what that has. Never password or authData.');
export type ParseAccount = z.input<typeof user>;
const usersOutput = z.strictObject({ success: z.literal(true), action: z.enum(ACCOUNT_ACTIONS), user });

export const SYNC_DIRECTIONS = ['push', 'pull', 'both'] as const;

export const syncIntegration = defineContract({
  name: 'syncIntegration',
  summary: 'Keep classes of this server and of another Parse Server in step, as a job',
  description:
    'Goes on where the last one of the tenant ended. The newest state of an object wins; GET /data/jobs/{job_id} counts, GET /data/results/{job_id} lists conflicts and what failed. One runs at a time: 409 with its `job_id`.',
  tag: TAG,
  rest: { method: 'POST', path: '/integrations/sync', status: 202 },
  cloud: true,
  access,
  input: z.strictObject({
    service: z.enum(['parse']),
    entities: z.array(collection).min(1).max(50).describe('Classes, or data types of facts.'),
    direction: z.enum(SYNC_DIRECTIONS).default('both').describe('`push`: from here to there.'),
    since: z.iso
      .datetime({ offset: true })
      .optional()
      .describe('From changes of then on, in place of where the last one ended.'),
  }),
  output: z.strictObject({ job_id: z.string(), status: z.string() }),
  errors: ['CONFLICT', 'INTEGRATION_NOT_CONFIGURED'],
  idempotency: 'key',
});

const count = z.int().min(0);
export const syncCounts = z.strictObject({
  pulled: count,
  pushed: count,
  unchanged: count.describe('Met, and as they were.'),
  conflicts: count.describe('Changed on both sides; the newer state won, and counts as pulled or pushed as well.'),
  failed: count.describe('Refused by the server that was to take them.'),
});

export const syncParseData = defineContract({
  name: 'syncParseData',
  summary: 'Write, read or remove an object by its id, the newest state wins',
  description:
    'Acts on this server, or on the one that PARSE_SERVER_URL names. A state that is older than the one there is refused with 409 and `details.stored_updatedAt`; the same one again changes nothing.',
  tag: TAG,
  rest: { method: 'POST', path: '/integrations/parse/sync', status: 200 },
  cloud: true,
  access,
  input: z.strictObject({ collection, operation: z.enum(OBJECT_OPERATIONS), data }),
  output: syncOutput,
  otherAnswers: { 201: { when: 'The object was made.' } },
  errors: ['NOT_FOUND', 'CONFLICT', ...OUTSIDE],
  idempotency: 'key',
});

export const manageParseUser = defineContract({
  name: 'manageParseUser',
  summary: 'Make, read, change or close an account',
  description: 'Acts on this server, or on the one that PARSE_SERVER_URL names.',
  tag: TAG,
  rest: { method: 'POST', path: '/integrations/parse/users', status: 200 },
  cloud: true,
  access,
  input: z.strictObject({ action: z.enum(ACCOUNT_ACTIONS), user_data: userData }),
  output: usersOutput,
  otherAnswers: { 201: { when: 'The account was made.' } },
  errors: ['NOT_FOUND', 'CONFLICT', 'INVALID_CREDENTIALS', ...OUTSIDE],
  idempotency: 'key',
});

export const parseService = defineContract({
  name: 'parseService',
  summary: 'Objects or accounts of a Parse Server',
  description:
    '`data_sync` takes `collection`, `operation` and `data` of POST /integrations/parse/sync; `user_management` takes `operation` and `user_data`, the `action` of POST /integrations/parse/users being the `operation` here.',
  tag: TAG,
  rest: { method: 'POST', path: '/integrations/parse', status: 200 },
  cloud: true,
  access,
  input: z.strictObject({
    action: z.enum(['data_sync', 'user_management']),
    operation: z.enum(OBJECT_OPERATIONS),
    collection: collection.optional(),
    data: data.optional(),
    user_data: userData.optional(),
  }),
  output: z.union([syncOutput, usersOutput]),
  otherAnswers: { 201: { when: 'The object or account was made.' } },
  errors: ['NOT_FOUND', 'CONFLICT', 'INVALID_CREDENTIALS', ...OUTSIDE],
  idempotency: 'key',
});
