import { currencyCode } from '../../values/money';
import { isTimeZone } from '../../values/zone';
import type { TenantSettings } from './analytics.store.types';

const DEFAULT_TIME_ZONE = 'UTC';
const DEFAULT_CURRENCY = 'USD';

/**
 * Reads `settings` of a Tenant row; what is missing gets the default, and so does a zone that is unknown. A currency that
 * is none, which older versions took, stays as it is: money that would be told in it is refused.
 */
export function toTenantSettings(id: string, settings: unknown): TenantSettings {
  const given = (typeof settings === 'object' && settings ? settings : {}) as Record<string, unknown>;
  const { time_zone: timeZone, currency } = given;
  return {
    id,
    timeZone: isTimeZone(timeZone) ? timeZone : DEFAULT_TIME_ZONE,
    currency: currencyCode(currency ?? DEFAULT_CURRENCY) ?? String(currency),
  };
}
