/** An exact decimal: coefficient × 10^-scale. */
export interface Decimal {
  readonly coefficient: bigint;
  /** Digits after the point; 0 or more. */
  readonly scale: number;
}

const MAX_TEXT_LENGTH = 40;
const MAX_EXPONENT = 40;
const NUMBER_TEXT = /^([+-]?)(\d+(?:\.\d+)?|\.\d+)(?:[eE]([+-]?\d{1,3}))?$/;

/** A number as an exact decimal of 15 significant digits, as a sheet shows it; whole ones in the safe range as they are. */
export function decimalOfNumber(value: number): Decimal | undefined {
  return Number.isFinite(value) ? parseDecimalText(numberDigits(value)) : undefined;
}

/** The digits that {@link decimalOfNumber} reads; perhaps with an exponent. */
export function numberDigits(value: number): string {
  return Number.isSafeInteger(value) ? String(value) : value.toPrecision(15);
}

/** The decimal as plain text without trailing zeros or an exponent: `8.29`, `-0.5`, `1200`. */
export function formatDecimal(value: Decimal): string {
  const isNegative = value.coefficient < 0n;
  const digits = String(isNegative ? -value.coefficient : value.coefficient).padStart(value.scale + 1, '0');
  const whole = digits.slice(0, digits.length - value.scale);
  const fraction = digits.slice(digits.length - value.scale).replace(/0+$/, '');
  const text = fraction === '' ? whole : `${whole}.${fraction}`;
  return isNegative ? `-${text}` : text;
}

/** Sign, digits, `.` as the decimal mark, an exponent; undefined for anything else. */
export function parseDecimalText(text: string): Decimal | undefined {
  if (text.length > MAX_TEXT_LENGTH) return undefined;
  const match = NUMBER_TEXT.exec(text);
  if (!match) return undefined;
  const [, sign, mantissa = '', exponentText] = match;
  const exponent = exponentText === undefined ? 0 : Number(exponentText);
  // A few characters must not become a number of a thousand digits.
  if (Math.abs(exponent) > MAX_EXPONENT) return undefined;
  const point = mantissa.indexOf('.');
  const fraction = point < 0 ? '' : mantissa.slice(point + 1);
  const whole = point < 0 ? mantissa : mantissa.slice(0, point);
  const magnitude = BigInt(whole + fraction);
  const coefficient = sign === '-' ? -magnitude : magnitude;
  const scale = fraction.length - exponent;
  return scale >= 0 ? { coefficient, scale } : { coefficient: coefficient * pow10(-scale), scale: 0 };
}

function pow10(exponent: number): bigint {
  return 10n ** BigInt(exponent);
}
