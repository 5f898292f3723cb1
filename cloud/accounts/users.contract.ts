import { z } from 'zod';
import { defineContract } from '../../core/operation/contract';
import { listInput, pageOutput } from '../../core/operation/paging';
import {
  USER_STATUSES,
  USER_TYPES,
  emailField,
  passwordField,
  profileFields,
  rolesField,
  secretField,
  userIdField,
  usernameField,
  userOutput,
} from './accounts.fields';

const TAG = 'Users';
const admins = ['super_admin', 'admin'] as const;

const USER_SORTS = ['created_at', 'updated_at', 'email', 'username', 'name', 'status', 'type'] as const;

export const listUsersContract = defineContract({
  name: 'listUsers',
  summary: 'List and search accounts',
  tag: TAG,
  rest: { method: 'GET', path: '/users', status: 200 },
  cloud: true,
  access: { kind: 'roles', roles: admins },
  input: listInput(
    {
      q: z
        .string()
        .max(200)
        .regex(/^[^\0]*$/, 'must not hold NUL')
        .optional()
        .describe('Part of the email, username, name or company.'),
      status: z.enum(USER_STATUSES).optional(),
      type: z.enum(USER_TYPES).optional(),
      sort: z
        .enum([...USER_SORTS, ...USER_SORTS.map((name) => `-${name}` as const)])
        .default('-created_at')
        .describe('A leading minus sorts downwards.'),
      order: z.enum(['asc', 'desc']).optional().describe('Overrides the direction that `sort` says.'),
    },
    { byDefault: 20, atMost: 100 },
  ),
  output: z.strictObject({ users: z.array(userOutput), ...pageOutput }),
  idempotency: 'none',
});

export const createUserContract = defineContract({
  name: 'createUser',
  summary: 'Make an account for somebody',
  description: 'Support and sales make plain accounts; type, status, roles and tenant are for administrators.',
  tag: TAG,
  rest: { method: 'POST', path: '/users', status: 201 },
  cloud: true,
  access: { kind: 'roles', roles: [...admins, 'support', 'sales'] },
  input: z.strictObject({
    email: emailField,
    password: passwordField,
    username: usernameField.optional().describe('Default: the email address.'),
    ...profileFields,
    type: z.enum(USER_TYPES).optional(),
    status: z.enum(['active', 'suspended']).optional(),
    roles: rolesField.optional(),
    tenant: userIdField.optional().describe('Id of the tenant; default: the default tenant.'),
  }),
  output: userOutput,
  errors: ['CONFLICT'],
  idempotency: 'key',
});

export const getUserContract = defineContract({
  name: 'getUser',
  summary: 'Read one account',
  description: 'People read their own; support and sales those that they made; administrators all.',
  tag: TAG,
  rest: { method: 'GET', path: '/users/{user_id}', status: 200 },
  cloud: true,
  access: { kind: 'roles', roles: [...admins, 'support', 'sales'], selfParam: 'user_id' },
  input: z.strictObject({ user_id: userIdField }),
  output: userOutput,
  errors: ['NOT_FOUND'],
  idempotency: 'none',
});

const clearable = Object.fromEntries(
  Object.entries(profileFields).map(([name, field]) => [name, field.unwrap().nullable().optional()]),
) as { [Name in keyof typeof profileFields]: z.ZodOptional<z.ZodNullable<z.ZodString>> };

export const updateUserContract = defineContract({
  name: 'updateUser',
  summary: 'Change an account',
  description:
    'Fields that are not named stay. Status, type and roles are for administrators. A new password ends all other sessions. People who change their own email, username or password give `current_password`.',
  tag: TAG,
  rest: { method: 'PUT', path: '/users/{user_id}', status: 200 },
  cloud: true,
  access: { kind: 'roles', roles: admins, selfParam: 'user_id' },
  input: z.strictObject({
    user_id: userIdField,
    email: emailField.optional(),
    username: usernameField.optional(),
    password: passwordField.optional(),
    current_password: secretField.optional(),
    ...clearable,
    type: z.enum(USER_TYPES).optional(),
    status: z.enum(['active', 'suspended']).optional(),
    roles: rolesField.optional(),
  }),
  output: userOutput,
  errors: ['NOT_FOUND', 'CONFLICT', 'INVALID_CREDENTIALS'],
  idempotency: 'key',
});

export const deleteUserContract = defineContract({
  name: 'deleteUser',
  summary: 'Close an account',
  description: 'Its sessions end at once; personal data is erased 30 days later.',
  tag: TAG,
  rest: { method: 'DELETE', path: '/users/{user_id}', status: 204 },
  cloud: true,
  access: { kind: 'roles', roles: admins, selfParam: 'user_id' },
  input: z.strictObject({ user_id: userIdField }),
  output: z.null(),
  errors: ['NOT_FOUND', 'CONFLICT'],
  idempotency: 'key',
});

export const eraseUserContract = defineContract({
  name: 'eraseUser',
  summary: 'Erase the personal data of an account now',
  description: 'Closes the account and removes what identifies the person (GDPR article 17). Cannot be undone.',
  tag: TAG,
  rest: { method: 'POST', path: '/users/{user_id}/erase', status: 200 },
  cloud: true,
  access: { kind: 'roles', roles: admins, selfParam: 'user_id' },
  input: z.strictObject({ user_id: userIdField }),
  output: z.strictObject({ success: z.literal(true), user_id: z.string(), erased_at: z.iso.datetime() }),
  errors: ['NOT_FOUND', 'CONFLICT'],
  idempotency: 'key',
});
