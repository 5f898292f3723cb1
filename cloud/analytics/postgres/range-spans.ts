import { addDays, offsetSpans, startOfDay } from '../../../values/zone';
import type { DayRange } from '../analytics.store.types';

/** Midnight may be skipped or occur twice, so the spans are wider than their days; the computed day decides. */
const MARGIN_MS = 3 * 3_600_000;

/**
 * The ranges as JSON for {@link SPANS}. The database is told when the zone's clocks change instead of the zone's name:
 * its tables may be of another year than ours, and it takes some names for abbreviations.
 */
export function rangeSpans(ranges: readonly DayRange[], timeZone: string): string {
  return JSON.stringify(
    ranges.flatMap((range) => {
      const lo = startOfDay(range.from, timeZone) - MARGIN_MS;
      const hi = startOfDay(addDays(range.to, 1), timeZone) + MARGIN_MS;
      return offsetSpans(lo, hi, timeZone).map(({ from, to, offset }) => ({
        from_day: range.from,
        to_day: range.to,
        lo: new Date(from),
        hi: new Date(to),
        ahead: `${offset / 1000} seconds`,
      }));
    }),
  );
}

/** CTE `spans`: stretches of the ranges in which local time is UTC plus `ahead`. Parameter $2: {@link rangeSpans}. */
export const SPANS = `
  spans as (
    select * from jsonb_to_recordset($2::jsonb) s(
      from_day date, to_day date, lo timestamptz, hi timestamptz, ahead interval))`;

/** The day of an instant inside a span `r`. */
export const dayInSpan = (instant: string): string => `(${instant} at time zone 'UTC' + r.ahead)::date`;
