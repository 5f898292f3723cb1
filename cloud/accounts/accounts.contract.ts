import { z } from 'zod';
import { defineContract } from '../../core/operation/contract';
import { emailField, passwordField, profileFields, secretField, usernameField, userOutput } from './accounts.fields';

const TAG = 'Authentication';

const tokens = {
  access_token: z.string().describe('JWT for `Authorization: Bearer`.'),
  refresh_token: z.string().describe('Good once, for POST /auth/refresh.'),
  token_type: z.literal('Bearer'),
  expires_in: z.int().describe('Life of the access token, seconds.'),
  session_token: z.string().describe('Parse session token of the same session, for Parse SDKs.'),
} as const;

const signedIn = z.strictObject({ ...tokens, user: userOutput });

export const loginContract = defineContract({
  name: 'login',
  summary: 'Log in with email or username and password',
  description: 'The answer does not tell whether the account exists. Five failures lock it for 15 minutes.',
  tag: TAG,
  rest: { method: 'POST', path: '/auth/login', status: 200 },
  cloud: true,
  access: { kind: 'public' },
  input: z
    .strictObject({
      email: z
        .string()
        .min(1)
        .max(254)
        .regex(/^[^\0]*$/, 'must not hold NUL')
        .optional(),
      username: z
        .string()
        .min(1)
        .max(254)
        .regex(/^[^\0]*$/, 'must not hold NUL')
        .optional(),
      password: secretField,
    })
    .refine((input) => (input.email === undefined) !== (input.username === undefined), {
      message: 'give either email or username',
    }),
  output: signedIn,
  errors: ['INVALID_CREDENTIALS'],
  idempotency: 'none',
  limit: 'sign-in',
});

export const registerContract = defineContract({
  name: 'register',
  summary: 'Make an account and log in',
  tag: TAG,
  rest: { method: 'POST', path: '/auth/register', status: 201 },
  cloud: true,
  access: { kind: 'public' },
  input: z.strictObject({
    email: emailField,
    password: passwordField,
    username: usernameField.optional().describe('Default: the email address.'),
    ...profileFields,
  }),
  output: signedIn,
  otherAnswers: {
    202: {
      when: 'The address has to be confirmed before the first login (PREVENT_LOGIN_WITH_UNVERIFIED_EMAIL).',
      output: z.strictObject({ user: userOutput }),
    },
  },
  errors: ['CONFLICT'],
  idempotency: 'none',
});

export const refreshTokenContract = defineContract({
  name: 'refreshToken',
  summary: 'Exchange a refresh token for new tokens',
  description:
    'The token is spent. For ten seconds it gives the same successor again, so that a lost answer can be asked for once more; later use ends all sessions that came from the same login.',
  tag: TAG,
  rest: { method: 'POST', path: '/auth/refresh', status: 200 },
  cloud: true,
  access: { kind: 'public' },
  input: z.strictObject({ refresh_token: secretField }),
  output: z.strictObject(tokens),
  idempotency: 'none',
  limit: 'sign-in',
});

export const logoutContract = defineContract({
  name: 'logout',
  signsOut: true,
  summary: 'End this session, or all of them',
  tag: TAG,
  rest: { method: 'POST', path: '/auth/logout', status: 200 },
  cloud: true,
  access: { kind: 'user' },
  input: z.strictObject({
    refresh_token: secretField.optional().describe('Ends the session that this token belongs to as well.'),
    all: z.boolean().default(false).describe('End every session of the account.'),
  }),
  output: z.strictObject({ success: z.literal(true) }),
  idempotency: 'none',
});
