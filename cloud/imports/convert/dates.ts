import { isCalendarDay, isFactYear } from '../../../values/instant';
import { localToInstant } from '../../../values/zone';
import { CellFault, isEmptyCell, type Cell } from '../read/cell';
import { RowIssue } from './cell';

const DATE_TIME =
  /^(\d{4})([-/]?)(\d\d)\2(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?(Z|z|[+-]\d\d(?::?\d\d)?)?)?$/;

/**
 * A cell as an instant in milliseconds since 1970 UTC. Accepted: ISO 8601 dates and date-times (`T` or a space;
 * seconds, fraction and offset optional), `YYYY/MM/DD`, `YYYYMMDD` as text or number, and Date objects. Forms whose
 * day and month cannot be told apart (`3/4/2021`) are refused rather than guessed.
 * @param timeZone IANA zone of values without an offset; must be known (`isTimeZone`)
 * @returns REQUIRED for an empty cell, INVALID_DATE otherwise
 */
export function parseInstant(cell: Cell, timeZone: string): number | RowIssue {
  if (isEmptyCell(cell)) return new RowIssue('REQUIRED', 'A date is required.');
  if (cell instanceof CellFault) return new RowIssue('INVALID_DATE', cell.message);
  if (cell instanceof Date) {
    return isFactYear(cell.getUTCFullYear()) ? cell.getTime() : notADate();
  }
  if (typeof cell === 'string') return parseDateText(cell, timeZone);
  if (typeof cell === 'number' && Number.isInteger(cell) && cell >= 1e7 && cell < 1e8) {
    return parseDateText(String(cell), timeZone);
  }
  return notADate();
}

function parseDateText(text: string, timeZone: string): number | RowIssue {
  if (text.length === 10) {
    const plain = parsePlainDay(text, timeZone);
    if (!Number.isNaN(plain)) return plain;
  }
  const match = DATE_TIME.exec(text.trim());
  if (!match) return notADate();
  const [, yearText, , monthText, dayText, hourText, minuteText, secondText, fraction, offset] = match;
  const year = Number(yearText);
  const month = Number(monthText);
  const day = Number(dayText);
  if (!isFactDay(year, month, day)) return notADate();
  if (hourText === undefined) return localToInstant(year, month, day, 0, 0, 0, 0, timeZone);
  const hour = Number(hourText);
  const minute = Number(minuteText);
  const second = secondText === undefined ? 0 : Number(secondText);
  if (hour > 23 || minute > 59 || second > 59) return notADate();
  const millisecond = fraction === undefined ? 0 : Number(fraction.padEnd(3, '0').slice(0, 3));
  if (offset === undefined) return localToInstant(year, month, day, hour, minute, second, millisecond, timeZone);
  const offsetMs = parseOffset(offset);
  return offsetMs === undefined
    ? notADate()
    : Date.UTC(year, month - 1, day, hour, minute, second, millisecond) - offsetMs;
}

/** `YYYY-MM-DD` without a regular expression, the most frequent form by far; NaN when it is anything else. */
function parsePlainDay(text: string, timeZone: string): number {
  if (text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return NaN;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  // NaN, from a character that is no digit, fails the comparisons inside.
  return isFactDay(year, month, day) ? localToInstant(year, month, day, 0, 0, 0, 0, timeZone) : NaN;
}

function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN;
}

function isFactDay(year: number, month: number, day: number): boolean {
  return isFactYear(year) && isCalendarDay(year, month, day);
}

/** Milliseconds east of UTC, or undefined for an offset no zone ever had. */
function parseOffset(offset: string): number | undefined {
  if (offset === 'Z' || offset === 'z') return 0;
  const digits = offset.slice(1).replace(':', '');
  const hours = Number(digits.slice(0, 2));
  const minutes = Number(digits.slice(2) || 0);
  if (hours > 15 || minutes > 59) return undefined;
  const magnitude = (hours * 60 + minutes) * 60_000;
  return offset.startsWith('-') ? -magnitude : magnitude;
}

function notADate(): RowIssue {
  return new RowIssue(
    'INVALID_DATE',
    'Not a date of the form YYYY-MM-DD[Thh:mm[:ss]][offset], or no day of the calendar.',
  );
}
