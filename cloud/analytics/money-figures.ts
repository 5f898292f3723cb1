import { invalidField } from '../../core/operation/issues';
import { divideHalfUp, minorExponent, minorToMajor } from '../../values/money';
import { analyticsStore } from './analytics.store';
import type { CurrencyMoney, DayRange, Recurring, TenantSettings } from './analytics.store.types';

export interface CurrencyFigures {
  currency: string;
  total_revenue: number;
  mrr: number;
  arr: number;
}

/** What the money figures of one answer are made of. */
export interface MoneyFigures {
  /** The answer's currency, and its decimals. */
  currency: string;
  exponent: number;
  total: CurrencyMoney;
  recurring: Recurring;
  byCurrency: CurrencyFigures[];
}

/**
 * Revenue of a window and what recurs at its end, in one currency: the asked one, else the only
 * one the tenant has, else the tenant's default. Nothing is converted.
 * @throws AppError VALIDATION_ERROR for a currency that ISO 4217 does not know
 */
export async function readMoney(
  tenant: TenantSettings,
  window: DayRange,
  asked: string | undefined,
): Promise<MoneyFigures> {
  const store = analyticsStore();
  const [totals, recurrings] = await Promise.all([
    store.moneyByCurrency(tenant.id, 'total', window),
    store.recurring(tenant.id, window.to),
  ]);
  const known = [...new Set([...totals, ...recurrings].map((row) => row.currency))].sort();
  const currency = asked?.toUpperCase() ?? (known.length === 1 ? known[0]! : tenant.currency);
  const exponent = minorExponent(currency);
  if (exponent === undefined) throw notOfIso(asked === undefined);
  const totalOf = (code: string): CurrencyMoney =>
    totals.find((row) => row.currency === code) ?? { currency: code, minor: 0n, entries: 0 };
  const recurringOf = (code: string): Recurring =>
    recurrings.find((row) => row.currency === code) ?? { currency: code, annualMinor: 0n, subscriptions: 0, payers: 0 };
  return {
    currency,
    exponent,
    total: totalOf(currency),
    recurring: recurringOf(currency),
    byCurrency: known.map((code) => figuresOf(totalOf(code), recurringOf(code))),
  };
}

/** @param isStored it is the tenant's own, taken when more codes were known: nothing is told in another instead */
function notOfIso(isStored: boolean): Error {
  const phrase = 'must be an ISO 4217 code such as USD';
  return isStored
    ? invalidField('settings.currency', 'not_allowed', `of the tenant ${phrase}; change it, or ask for a currency`)
    : invalidField('currency', 'not_allowed', phrase);
}

export function figuresOf(total: CurrencyMoney, recurring: Recurring): CurrencyFigures {
  const exponent = minorExponent(total.currency) ?? 2;
  return {
    currency: total.currency,
    total_revenue: minorToMajor(total.minor, exponent),
    mrr: minorToMajor(divideHalfUp(recurring.annualMinor, 12n), exponent),
    arr: minorToMajor(recurring.annualMinor, exponent),
  };
}

/** Percent with one decimal, half-up; 0 where both are 0, null where only the previous one is. */
export function growthRate(current: bigint, previous: bigint): number | null {
  if (previous === 0n) return current === 0n ? 0 : null;
  // Against the size of what was: from -100 to 100 is growth.
  const size = previous < 0n ? -previous : previous;
  return minorToMajor(divideHalfUp((current - previous) * 1000n, size), 1);
}
