const INSTANT = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)$/;
const LAST_OFFSET_HOUR = 15;

/** Years of facts: others are slips of a keyboard or of a program. */
export const FACT_YEARS = { first: 1900, last: 2200 } as const;

/**
 * The one form of a point in time that means the same to everybody: a day of the calendar, years 0001 to 9999, a
 * time of day and its offset (ISO 8601, RFC 3339). `new Date` takes much else: 30 February, times without an offset
 * as the server's own, "Jan 20, 2025".
 * @returns milliseconds since 1970; undefined for anything else
 */
export function parseInstant(text: unknown): number | undefined {
  const match = typeof text === 'string' ? INSTANT.exec(text) : null;
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second = '0', fraction = '0', offset = 'Z'] = match;
  if (year === '0000' || !isCalendarDay(Number(year), Number(month), Number(day))) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  if (offset !== 'Z' && (Number(offset.slice(1, 3)) > LAST_OFFSET_HOUR || Number(offset.slice(4)) > 59))
    return undefined;
  const milliseconds = fraction.padEnd(3, '0').slice(0, 3);
  const instant = Date.parse(
    `${year}-${month}-${day}T${hour}:${minute}:${second.padStart(2, '0')}.${milliseconds}${offset}`,
  );
  return isInCalendar(new Date(instant)) ? instant : undefined;
}

/** Whether a date can be written with a year of four digits. */
export function isInCalendar(date: Date): boolean {
  const year = date.getUTCFullYear();
  return year >= 1 && year <= 9999;
}

export function isFactYear(year: number): boolean {
  return year >= FACT_YEARS.first && year <= FACT_YEARS.last;
}

/** @param month 1 to 12 */
export function isCalendarDay(year: number, month: number, day: number): boolean {
  if (!(month >= 1 && month <= 12 && day >= 1)) return false;
  return day <= 28 || day <= new Date(Date.UTC(year < 100 ? year + 400 : year, month, 0)).getUTCDate();
}
