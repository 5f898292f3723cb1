import { currencyCode } from '../../values/money';
import { invalidField } from '../../core/operation/issues';
import { isTimeZone } from '../../values/zone';

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
export const TENANT_STATUSES = ['active', 'suspended'] as const;
const MAX_SETTINGS_BYTES = 10_000;
const DEFAULTS: TenantSettings = { time_zone: 'UTC', currency: 'USD' };

/** Defaults filled in, values checked. @throws AppError VALIDATION_ERROR */
export function readSettings(given: unknown): TenantSettings {
  if (given !== undefined && given !== null && (typeof given !== 'object' || Array.isArray(given))) {
    throw invalidField('settings', 'wrong_type', 'must be an object');
  }
  const settings = { ...DEFAULTS, ...(given as Record<string, unknown> | undefined) };
  if (JSON.stringify(settings).length > MAX_SETTINGS_BYTES) {
    throw invalidField('settings', 'too_large', `must have at most ${MAX_SETTINGS_BYTES} bytes`);
  }
  if (!isTimeZone(settings.time_zone))
    throw invalidField('settings.time_zone', 'not_allowed', 'must be an IANA time zone such as Europe/Berlin');
  const currency = currencyCode(settings.currency);
  if (currency === undefined)
    throw invalidField('settings.currency', 'not_allowed', 'must be an ISO 4217 code such as USD');
  return { ...settings, currency };
}

/** Stored settings, of which an older version may have let pass what is refused now: it counts as left out. */
export function knownSettings(stored: unknown): TenantSettings {
  const settings = { ...DEFAULTS, ...(stored as Record<string, unknown> | undefined) };
  const timeZone = isTimeZone(settings.time_zone) ? settings.time_zone : DEFAULTS.time_zone;
  return { ...settings, time_zone: timeZone, currency: currencyCode(settings.currency) ?? DEFAULTS.currency };
}

/** @throws AppError VALIDATION_ERROR */
export function assertTenant({ name, slug, rateLimit }: { name: unknown; slug: unknown; rateLimit: unknown }): void {
  if (typeof name !== 'string' || !name.trim() || name.length > 200) {
    throw invalidField('name', 'invalid', 'must have 1 to 200 characters');
  }
  if (typeof slug !== 'string' || !SLUG.test(slug)) {
    throw invalidField('slug', 'wrong_format', 'must be lower-case letters, digits and hyphens, at most 63');
  }
  if (rateLimit !== undefined && rateLimit !== null && !(Number.isInteger(rateLimit) && (rateLimit as number) > 0)) {
    throw invalidField('rate_limit', 'invalid', 'must be a whole number above 0');
  }
}
