import { formatDecimal, numberDigits, parseDecimalText, type Decimal } from '../../../values/decimal';
import { divideHalfUp } from '../../../values/money';
import { CellFault, isEmptyCell, type Cell } from '../read/cell';
import { RowIssue } from './cell';

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
  return text === undefined ? notANumber() : (parseDecimalText(text) ?? notANumber());
}

/** The text a numeric cell stands for, trimmed; undefined when the cell cannot hold a number. */
function numberText(cell: Cell): string | undefined {
  if (typeof cell === 'string') return cell.trim();
  if (typeof cell !== 'number' || !Number.isFinite(cell)) return undefined;
  return numberDigits(cell);
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

/** The nearest double, for fields that are stored as numbers and never added up as money. */
export function decimalToNumber(value: Decimal): number {
  return Number(formatDecimal(value));
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
