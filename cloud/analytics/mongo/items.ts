import { majorToMinor, minorExponent } from '../../../values/money';

/** A line of a paid order that is itself not paid is no part of its total. */
const NOT_PAID: ReadonlySet<unknown> = new Set(['pending', 'refunded', 'cancelled']);

/** Items that name a product, in minor units. Without one or without an amount they are part of the rest. */
export function itemsOf(items: unknown, currency: string): { product: string; minor: number }[] {
  if (!Array.isArray(items)) return [];
  return (items as Record<string, unknown>[]).flatMap((item) => {
    const { product_id: product, amount, quantity, unit_price: price, status } = item ?? {};
    if (typeof product !== 'string' || product === '' || NOT_PAID.has(status)) return [];
    const exponent = minorExponent(currency) ?? 2;
    if (typeof amount === 'number')
      return Math.abs(amount) < 9e15 ? [{ product, minor: majorToMinor(amount, exponent) }] : [];
    if (typeof quantity !== 'number' || typeof price !== 'number') return [];
    const minor = productMinor(quantity, price, exponent);
    return minor === undefined ? [] : [{ product, minor }];
  });
}

/** quantity × unit_price exactly, on their decimal texts, then rounded half-up. */
function productMinor(quantity: number, price: number, exponent: number): number | undefined {
  const scale = 6;
  try {
    // Quantities with more than six decimals are not met; the price keeps all of its digits.
    const whole = BigInt(majorToMinor(quantity, scale)) * BigInt(majorToMinor(price, scale));
    const divisor = 10n ** BigInt(2 * scale - exponent);
    const half = whole < 0n ? -divisor / 2n : divisor / 2n;
    return Number((whole + half) / divisor);
  } catch {
    return undefined;
  }
}
