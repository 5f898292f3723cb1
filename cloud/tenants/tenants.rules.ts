import { AppError } from '../../core/errors';

export const DEFAULT_TENANT_SLUG = 'default';
export const MEMBER_ROLES = ['owner', 'admin', 'member'] as const;
export type MemberRole = (typeof MEMBER_ROLES)[number];

export interface TenantSettings {
  /** IANA name; days of the tenant's figures begin by it. */
  time_zone: string;
  /** ISO 4217, upper case. */
  currency: string;
  [key: string]: unknown;
}

const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const STATUSES = ['active', 'suspended'];
const MAX_SETTINGS_BYTES = 10_000;
const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));

/** Defaults filled in, values checked. @throws AppError VALIDATION_ERROR */
export function readSettings(given: unknown): TenantSettings {
  if (given !== undefined && given !== null && (typeof given !== 'object' || Array.isArray(given))) {
    throw new AppError('VALIDATION_ERROR', 'settings: must be an object.');
  }
  const settings = { time_zone: 'UTC', currency: 'USD', ...(given as Record<string, unknown> | undefined) };
  if (JSON.stringify(settings).length > MAX_SETTINGS_BYTES) {
    throw new AppError('VALIDATION_ERROR', `settings: at most ${MAX_SETTINGS_BYTES} bytes.`);
  }
  if (!isTimeZone(settings.time_zone))
    throw new AppError('VALIDATION_ERROR', 'settings.time_zone: not an IANA time zone.');
  if (typeof settings.currency !== 'string' || !CURRENCIES.has(settings.currency)) {
    throw new AppError('VALIDATION_ERROR', 'settings.currency: not an ISO 4217 currency.');
  }
  return settings;
}

/** @throws AppError VALIDATION_ERROR */
export function assertTenant(fields: { name: unknown; slug: unknown; status: unknown; rateLimit: unknown }): void {
  const { name, slug, status, rateLimit } = fields;
  if (typeof name !== 'string' || !name.trim() || name.length > 200) {
    throw new AppError('VALIDATION_ERROR', 'name: 1 to 200 characters.');
  }
  if (typeof slug !== 'string' || !SLUG.test(slug)) {
    throw new AppError('VALIDATION_ERROR', 'slug: lower-case letters, digits and hyphens, at most 63.');
  }
  if (!STATUSES.includes(status as string))
    throw new AppError('VALIDATION_ERROR', `status: one of ${STATUSES.join(', ')}.`);
  if (rateLimit !== undefined && rateLimit !== null && !(Number.isInteger(rateLimit) && (rateLimit as number) > 0)) {
    throw new AppError('VALIDATION_ERROR', 'rate_limit: a whole number above 0.');
  }
}

export function assertMemberRole(role: unknown): asserts role is MemberRole {
  if (!MEMBER_ROLES.includes(role as MemberRole)) {
    throw new AppError('VALIDATION_ERROR', `role: one of ${MEMBER_ROLES.join(', ')}.`);
  }
}

function isTimeZone(name: unknown): boolean {
  if (typeof name !== 'string' || name.length > 64) return false;
  try {
    // Offsets like +03:00 pass too, but have no summer time: a tenant's days need a place.
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '' && !/^[+-]/.test(name);
  } catch {
    return false;
  }
}
