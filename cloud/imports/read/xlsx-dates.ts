/** What a number format makes of a number: nothing of note, a day, or a time of day only. */
export type DateKind = 'none' | 'date' | 'time';

const DAY_MS = 86_400_000;
const EPOCH_1904 = Date.UTC(1904, 0, 1);
const EPOCH_1900 = Date.UTC(1899, 11, 31);
/** Excel counts a 29 February 1900 that never was. */
const FALSE_LEAP_DAY = 60;

/** Built-in formats by number; 27 to 36, 50 to 58 and 71 on are those of East Asia and Thailand. */
const BUILT_IN: readonly [from: number, to: number, kind: DateKind][] = [
  [14, 17, 'date'],
  [18, 21, 'time'],
  [22, 22, 'date'],
  [27, 31, 'date'],
  [32, 35, 'time'],
  [36, 36, 'date'],
  [45, 45, 'time'],
  [47, 47, 'time'],
  [50, 58, 'date'],
  [71, 74, 'date'],
  [75, 76, 'time'],
  [77, 77, 'date'],
  [78, 78, 'time'],
  [80, 80, 'time'],
  [81, 81, 'date'],
];

/** @param code of a format that the workbook defines itself; undefined for a built-in one */
export function dateKindOf(id: number, code: string | undefined): DateKind {
  if (code === undefined) return BUILT_IN.find(([from, to]) => id >= from && id <= to)?.[2] ?? 'none';
  // Quoted, escaped and padding characters are shown as they are; colours, locales and conditions stand in brackets.
  const bare = code.replace(/"[^"]*"|\\.|[_*]./g, '').split(';')[0] ?? '';
  const shown = bare.replace(/\[(?!(?:h+|m+|s+)\])[^\]]*\]|general|standard/gi, '');
  const first = /[ymdhs[]|a\/p/i.exec(shown)?.[0];
  // Elapsed times such as [h]:mm are amounts, not dates.
  if (first === undefined || first === '[') return 'none';
  if (/[yd]|m{3}/i.test(shown)) return 'date';
  // A lone m or mm is a month; beside hours or seconds it is minutes.
  return /[hs]|a(?:m)?\/p/i.test(shown) ? 'time' : 'date';
}

/**
 * A serial number as ISO text without an offset, for a sheet knows no zone: `YYYY-MM-DDThh:mm:ss`, and `hh:mm:ss` for
 * a time without a day. What is no day of the calendar (29 February 1900, the year 10000) gives text that no date
 * field takes; so does a number before the calendar's first day, of which the time is left.
 */
export function serialToText(serial: number, kind: DateKind, is1904: boolean): string {
  if (serial < 0 || (serial < 1 && (!is1904 || kind === 'time'))) {
    return withoutZone(new Date(Math.round((serial - Math.floor(serial)) * DAY_MS) % DAY_MS)).slice(11);
  }
  if (!is1904 && Math.floor(serial) === FALSE_LEAP_DAY) return '1900-02-29';
  const days = !is1904 && serial > FALSE_LEAP_DAY ? serial - 1 : serial;
  const date = new Date((is1904 ? EPOCH_1904 : EPOCH_1900) + Math.round(days * DAY_MS));
  return date.getUTCFullYear() <= 9999 ? withoutZone(date) : '#NUM!';
}

function withoutZone(date: Date): string {
  const iso = date.toISOString();
  return iso.endsWith('.000Z') ? iso.slice(0, -5) : iso.slice(0, -1);
}
