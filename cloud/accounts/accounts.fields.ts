import { z } from 'zod';
import { PASSWORD_LENGTH, passwordFault } from '../../core/auth/password-text';
import { PRIVILEGED_ROLES, TENANT_ROLES } from '../../core/roles';
import { BUSINESS_ROLES } from './accounts.roles';

/** Text that both databases can hold: PostgreSQL knows no NUL, and takes all halves of a surrogate pair for one. */
const plainText = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[^\u0000-\u001f\u007f\p{Cs}]*$/u, 'must not contain control characters or halves of a character');

const noNul = /^[^\u0000]*$/;

export const emailField = plainText(254)
  .min(3)
  // Blanks around it are forgiven, the service trims.
  .regex(/^\s*[^\s@]+@[^\s@]+\.[^\s@]+\s*$/, 'must be an email address')
  .meta({ format: 'email', example: 'ada@example.com' });
export const usernameField = plainText(254).min(1);
export const passwordField = z
  .string()
  .check(({ value, issues }) => {
    const message = passwordFault(value);
    if (message) issues.push({ code: 'custom', message, input: value });
  })
  .meta({ minLength: PASSWORD_LENGTH.min, maxLength: PASSWORD_LENGTH.max });
/** What is compared and not stored: any length that is no attack. */
export const secretField = z.string().min(1).max(1024).regex(noNul, 'must not contain NUL');

/** What people may say about themselves. */
export const profileFields = {
  name: plainText(200).optional(),
  company: plainText(200).optional(),
  business_domain: plainText(253).optional(),
  country: plainText(100).optional(),
  mobile_number: z
    .string()
    .regex(/^\+?[0-9][0-9 ().-]{3,30}$/, 'must be a telephone number')
    .optional(),
  revenue_range: plainText(50).optional(),
} as const;

export const USER_TYPES = ['self', 'enterprise', 'internal'] as const;
export const USER_STATUSES = ['active', 'suspended', 'deleted'] as const;

const roleField = z.enum([...PRIVILEGED_ROLES, ...BUSINESS_ROLES, ...TENANT_ROLES]);
export const rolesField = z.array(roleField).max(8);

export const userIdField = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be an id')
  .describe('Id of the user; `me` stands for the caller.');

/** A08: what others and the person see of an account; never password or authData. */
export const userOutput = z.strictObject({
  id: z.string(),
  username: z.string(),
  email: z.string().nullable(),
  name: z.string().nullable(),
  company: z.string().nullable(),
  business_domain: z.string().nullable(),
  country: z.string().nullable(),
  mobile_number: z.string().nullable(),
  revenue_range: z.string().nullable(),
  type: z.enum(USER_TYPES),
  status: z.enum(USER_STATUSES),
  roles: rolesField,
  email_verified: z.boolean(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});
export type UserOutput = z.infer<typeof userOutput>;
