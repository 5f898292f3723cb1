import { majorToMinor, minorExponent, minorToMajor } from '../../values/money';
import { FactFault } from './define';

/** An amount in major units as minor ones, rounded half away from zero; or why it is none. */
export function minorOrFault(field: string, major: unknown, currency: string): number | FactFault {
  if (major === undefined || major === null) return new FactFault(field, 'missing', 'is missing');
  if (typeof major !== 'number' || !Number.isFinite(major)) {
    return new FactFault(field, 'wrong_type', 'must be a finite number');
  }
  const exponent = minorExponent(currency);
  if (exponent === undefined) return unknownCurrency();
  try {
    return majorToMinor(major, exponent);
  } catch {
    return new FactFault(field, 'too_large', 'is too large');
  }
}

/**
 * An amount that stays in another currency: in minor units of that, and the major ones that they make.
 * @param major null where there is none
 */
export function inCurrency(
  field: string,
  major: unknown,
  currency: string,
): { minor: number; major: number } | FactFault {
  const minor = minorOrFault(field, major, currency);
  return minor instanceof FactFault ? minor : { minor, major: minorToMajor(minor, minorExponent(currency) ?? 0) };
}

export function amountFault(field: string, major: unknown, currency: string): FactFault | undefined {
  const minor = minorOrFault(field, major, currency);
  return minor instanceof FactFault ? minor : undefined;
}

export function unknownCurrency(): FactFault {
  return new FactFault('currency', 'not_allowed', 'must be an ISO 4217 code such as USD');
}
