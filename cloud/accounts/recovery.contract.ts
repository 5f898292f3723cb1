import { z } from 'zod';
import { defineContract } from '../../core/operation/contract';
import { emailField, passwordField, secretField } from './accounts.fields';

const TAG = 'Authentication';
const done = z.strictObject({ success: z.literal(true) });
const SAME_ANSWER = 'The answer is the same for every address, whether it has an account or not.';

const shared = {
  tag: TAG,
  cloud: true,
  access: { kind: 'public' },
  output: done,
  idempotency: 'none',
  // The services record it themselves: Parse's own doors end in them, too.
  audit: false,
} as const;

export const requestPasswordResetContract = defineContract({
  ...shared,
  name: 'requestPasswordReset',
  summary: 'Have a link for a new password mailed',
  description: `${SAME_ANSWER} The link is good once, for an hour (PASSWORD_RESET_EXPIRY).`,
  rest: { method: 'POST', path: '/auth/password/forgot', status: 200 },
  input: z.strictObject({ email: emailField }),
  errors: ['INTEGRATION_NOT_CONFIGURED'],
});

export const confirmPasswordResetContract = defineContract({
  ...shared,
  name: 'confirmPasswordReset',
  summary: 'Set a new password with the token of a mailed link',
  description:
    'The token is spent, every session of the account ends, a lockout is lifted, and the address counts as confirmed.',
  rest: { method: 'POST', path: '/auth/password/reset', status: 200 },
  input: z.strictObject({ token: secretField, password: passwordField }),
  errors: ['INVALID_LINK'],
});

export const resendVerificationEmailContract = defineContract({
  ...shared,
  name: 'resendVerificationEmail',
  summary: 'Have the link that confirms an address mailed (again)',
  description: `${SAME_ANSWER} An address that is confirmed already gets no mail.`,
  rest: { method: 'POST', path: '/auth/verify-email/resend', status: 200 },
  input: z.strictObject({ email: emailField }),
  errors: ['INTEGRATION_NOT_CONFIGURED'],
});

export const confirmEmailContract = defineContract({
  ...shared,
  name: 'confirmEmail',
  summary: 'Confirm an address with the token of a mailed link',
  rest: { method: 'POST', path: '/auth/verify-email', status: 200 },
  input: z.strictObject({ token: secretField }),
  errors: ['INVALID_LINK'],
});
