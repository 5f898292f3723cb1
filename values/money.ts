/**
 * ISO 4217 codes, with those withdrawn since 2010 that old logs carry, by the number of decimals of their minor unit.
 * Metals, XDR, XTS and XXX have none ("N.A.") and are therefore no currencies here.
 */
const CODES_BY_EXPONENT: Readonly<Record<number, string>> = {
  0: 'BIF BYR CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  2:
    'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE ' +
    'CHF CHW CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EEK EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD ' +
    'HKD HNL HRK HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL LTL LVL MAD MDL MGA MKD ' +
    'MMK MNT MOP MRO MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD ' +
    'RUB SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STD STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH ' +
    'USD USN UYU UZS VED VEF VES WST XAD XCD XCG YER ZAR ZMK ZMW ZWG ZWL',
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF UYW',
};

const EXPONENTS = new Map(
  Object.entries(CODES_BY_EXPONENT).flatMap(([exponent, codes]) =>
    codes.split(' ').map((code): [string, number] => [code, Number(exponent)]),
  ),
);

/** Decimals of the currency's minor unit (USD 2, JPY 0); undefined for what ISO 4217 does not know. */
export function minorExponent(currency: string): number | undefined {
  return EXPONENTS.get(currency);
}

/** The code in capitals, as people, files and settings write it; undefined for what is no currency of ISO 4217. */
export function currencyCode(given: unknown): string | undefined {
  if (typeof given !== 'string') return undefined;
  const code = given.trim().toUpperCase();
  return EXPONENTS.has(code) ? code : undefined;
}

/** The currencies whose minor unit has not two decimals, for conversions written in SQL. */
export function unusualExponents(): readonly (readonly [currency: string, exponent: number])[] {
  return [...EXPONENTS].filter(([, exponent]) => exponent !== 2);
}

/** Integer minor units as a number in major units: 379590.03 for 37959003 and exponent 2. */
export function minorToMajor(minor: bigint | number, exponent: number): number {
  const text = minor.toString();
  const isNegative = text.startsWith('-');
  const digits = (isNegative ? text.slice(1) : text).padStart(exponent + 1, '0');
  const cut = digits.length - exponent;
  // The decimal text, not a division: the result is the double nearest to the exact value.
  const major = Number(exponent ? `${digits.slice(0, cut)}.${digits.slice(cut)}` : digits);
  return isNegative && major !== 0 ? -major : major;
}

/**
 * A number in major units as integer minor units, rounded half-up (away from zero) on the
 * number's shortest decimal text: 1.005 gives 101 cents, although the double lies below it.
 * @throws RangeError for a number that is not finite, or whose minor units are not exact in a double
 */
export function majorToMinor(major: number, exponent: number): number {
  if (!Number.isFinite(major)) throw new RangeError('An amount must be a finite number.');
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(major));
  if (!match) throw new RangeError('An amount must be a decimal number.');
  const [, sign, whole = '', fraction = '', power = '0'] = match;
  const shift = exponent - fraction.length + Number(power);
  const digits = BigInt(whole + fraction);
  const minor = shift >= 0 ? digits * 10n ** BigInt(shift) : divideHalfUp(digits, 10n ** BigInt(-shift));
  if (minor > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError('The amount is too large.');
  return sign && minor !== 0n ? -Number(minor) : Number(minor);
}

/** Exact division of integers, rounded to the nearest, halves away from zero. */
export function divideHalfUp(dividend: bigint, divisor: bigint): bigint {
  const isNegative = dividend < 0n !== divisor < 0n;
  const [a, b] = [dividend < 0n ? -dividend : dividend, divisor < 0n ? -divisor : divisor];
  const quotient = (2n * a + b) / (2n * b);
  return isNegative ? -quotient : quotient;
}
