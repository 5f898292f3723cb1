import type { Cell } from '../read/cell';
import { isRowIssue, type RowIssue } from './cell';
import type { Decimal } from '../../../values/decimal';
import { isExact, multiply, parseDecimal, toMinorUnits } from './decimal';

const POWERS = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15] as const;
/** Digits that a double surely holds as an integer. */
const MAX_FAST_DIGITS = 15;

/** Digits after the point of what `plainCoefficient` read last; a second return value without an allocation. */
let plainScale = 0;
/** Whether the amount made last had more decimals than its currency; likewise. */
let isRounded = false;

export function wasRounded(): boolean {
  return isRounded;
}

/**
 * An amount in major units as integer minor units: what `toMinorUnits(parseDecimal(cell))` gives, without BigInt for
 * plain amounts, because this runs once a line of a 100 MB file.
 * @param exponent the currency's decimals
 * @returns REQUIRED or INVALID_NUMBER where the cell is no amount
 */
export function parseMinorUnits(cell: Cell, exponent: number): number | RowIssue {
  isRounded = false;
  if (typeof cell === 'string') {
    const coefficient = plainCoefficient(cell);
    if (!Number.isNaN(coefficient)) {
      const fast = scaleFast(coefficient, plainScale, exponent);
      if (!Number.isNaN(fast)) return fast;
    }
  }
  const value = parseDecimal(cell);
  return isRowIssue(value) ? value : exactly(value, exponent);
}

/**
 * quantity × unit price as minor units, multiplied exactly and rounded once.
 * @returns the first issue of the two cells, or INVALID_NUMBER when the product is too large
 */
export function multiplyToMinorUnits(quantity: Cell, unitPrice: Cell, exponent: number): number | RowIssue {
  isRounded = false;
  if (typeof quantity === 'string' && typeof unitPrice === 'string') {
    const count = plainCoefficient(quantity);
    const countScale = plainScale;
    const product = count * plainCoefficient(unitPrice);
    // NaN fails the comparison, too.
    if (Math.abs(product) < 1e15) {
      const fast = scaleFast(product, countScale + plainScale, exponent);
      if (!Number.isNaN(fast)) return fast;
    }
  }
  const a = parseDecimal(quantity);
  if (isRowIssue(a)) return a;
  const b = parseDecimal(unitPrice);
  return isRowIssue(b) ? b : exactly(multiply(a, b), exponent);
}

function exactly(value: Decimal, exponent: number): number | RowIssue {
  isRounded = !isExact(value, exponent);
  return toMinorUnits(value, exponent);
}

/** The digits of a plain number as one integer, its scale in `plainScale`; NaN when the exact way must be taken. */
function plainCoefficient(text: string): number {
  const length = text.length;
  let position = text.charCodeAt(0) === 45 ? 1 : 0;
  const isNegative = position === 1;
  if (length === position || length - position > MAX_FAST_DIGITS) return NaN;
  let value = 0;
  let point = -1;
  for (; position < length; position++) {
    const digit = text.charCodeAt(position) - 48;
    if (digit >= 0 && digit <= 9) value = value * 10 + digit;
    else if (digit === -2 && point < 0) point = position;
    else return NaN;
  }
  if (point === length - 1) return NaN;
  plainScale = point < 0 ? 0 : length - point - 1;
  // Adding 0 keeps "-0" from becoming negative zero.
  return isNegative ? 0 - value : value;
}

function scaleFast(coefficient: number, scale: number, exponent: number): number {
  if (scale <= exponent) {
    const factor = POWERS[exponent - scale];
    // Adding 0 turns the -0 of a free refund into 0.
    const minor = factor === undefined ? NaN : coefficient * factor + 0;
    return Number.isSafeInteger(minor) ? minor : NaN;
  }
  const divisor = POWERS[scale - exponent];
  if (divisor === undefined) return NaN;
  // Integers below 10^15 and their remainders are exact in a double, a quotient would not be.
  const magnitude = Math.abs(coefficient);
  const remainder = magnitude % divisor;
  isRounded = remainder !== 0;
  const rounded = (magnitude - remainder) / divisor + (remainder * 2 >= divisor ? 1 : 0);
  return coefficient < 0 ? 0 - rounded : rounded;
}
