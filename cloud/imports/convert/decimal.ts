import { divideHalfUp } from '../../../values/money';
import { CellFault, isEmptyCell, RowIssue, type Cell } from './cell';

/** An exact decimal: coefficient × 10^-scale. */
export interface Decimal {
  readonly coefficient: bigint;
  /** Digits after the point; 0 or more. */
  readonly scale: number;
}

const MAX_TEXT_LENGTH = 40;
const MAX_EXPONENT = 40;
const NUMBER_TEXT = /^([+-]?)(\d+(?:\.\d+)?|\.\d+)(?:[eE]([+-]?\d{1,3}))?$/;

/**
 * A cell as an exact decimal. Text must be plain: sign, digits, `.` as the decimal mark, an exponent. Thousands
 * separators, currency signs, hexadecimal, Infinity and NaN are refused. Numbers are read with 15 significant digits,
 * as a sheet shows them; whole numbers within the safe range are taken as they are.
 * @returns REQUIRED for an empty cell, INVALID_NUMBER for anything else that is no number
 */
export function parseDecimal(cell: Cell): Decimal | RowIssue {
  if (isEmptyCell(cell)) return new RowIssue('REQUIRED', 'A number is required.');
  if (cell instanceof CellFault) return new RowIssue('INVALID_NUMBER', cell.message);
  const text = numberText(cell);
  return text === undefined ? notANumber() : (parseText(text) ?? notANumber());
}

/** The text a numeric cell stands for, trimmed; undefined when the cell cannot hold a number. */
export function numberText(cell: Cell): string | undefined {
  if (typeof cell === 'string') return cell.trim();
  if (typeof cell !== 'number' || !Number.isFinite(cell)) return undefined;
  return Number.isSafeInteger(cell) ? String(cell) : cell.toPrecision(15);
}

/** The exact product; nothing is rounded. */
export function multiply(a: Decimal, b: Decimal): Decimal {
  return { coefficient: a.coefficient * b.coefficient, scale: a.scale + b.scale };
}

/**
 * A decimal in major units as an integer of minor units, rounded half-up in magnitude (away from zero: 1.005 → 1.01,
 * -1.005 → -1.01), so that a refund cancels its sale.
 * @param exponent the currency's decimals (ISO 4217)
 * @returns INVALID_NUMBER when the result is no safe integer
 */
export function toMinorUnits(value: Decimal, exponent: number): number | RowIssue {
  const shift = exponent - value.scale;
  const minor = Number(shift >= 0 ? value.coefficient * pow10(shift) : divideHalfUp(value.coefficient, pow10(-shift)));
  return Number.isSafeInteger(minor) ? minor : tooLarge();
}

/** Whether the decimal has no more digits than the exponent holds. */
export function isExact({ coefficient, scale }: Decimal, exponent: number): boolean {
  return scale <= exponent || coefficient % pow10(scale - exponent) === 0n;
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

/** The nearest double, for fields that are stored as numbers and never added up as money. */
export function decimalToNumber(value: Decimal): number {
  return Number(formatDecimal(value));
}

function parseText(text: string): Decimal | undefined {
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

function notANumber(): RowIssue {
  return new RowIssue('INVALID_NUMBER', 'Not a plain decimal number.');
}

/** An amount beyond ±2^53 minor units. */
function tooLarge(): RowIssue {
  return new RowIssue('INVALID_NUMBER', 'The number is too large to be an amount.');
}
