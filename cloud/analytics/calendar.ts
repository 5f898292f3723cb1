import { addDays, daysBetween } from '../../values/zone';
import type { DayRange } from './analytics.store.types';

export type Period = 'day' | 'week' | 'month' | 'quarter' | 'year';

/** First day of the calendar period that holds `day`; weeks start on Monday (ISO 8601). */
export function periodStart(day: string, period: Period): string {
  const [year = '', month = ''] = day.split('-');
  switch (period) {
    case 'day':
      return day;
    case 'week':
      return addDays(day, -weekdayFromMonday(day));
    case 'month':
      return `${year}-${month}-01`;
    case 'quarter':
      return `${year}-${String(Math.floor((Number(month) - 1) / 3) * 3 + 1).padStart(2, '0')}-01`;
    case 'year':
      return `${year}-01-01`;
  }
}

/** First day of the period after the one that holds `day`. */
function nextPeriodStart(day: string, period: Period): string {
  const start = periodStart(day, period);
  // The longest stride that never jumps over a whole following period.
  const stride = { day: 1, week: 7, month: 31, quarter: 92, year: 366 }[period];
  return periodStart(addDays(start, stride), period);
}

export function previousPeriod(day: string, period: Period): DayRange {
  const to = addDays(periodStart(day, period), -1);
  return { from: periodStart(to, period), to };
}

/** Starts of all periods that overlap the window, ascending. */
export function periodStarts(window: DayRange, period: Period): string[] {
  const starts: string[] = [];
  for (let day = periodStart(window.from, period); day <= window.to; day = nextPeriodStart(day, period)) {
    starts.push(day);
  }
  return starts;
}

/** How groups and cohorts are written: `2021-03-01`, `2021-W09`, `2021-03`. */
export function periodKey(day: string, period: 'day' | 'week' | 'month'): string {
  if (period === 'day') return day;
  if (period === 'month') return day.slice(0, 7);
  // The ISO year of a week is that of its Thursday.
  const thursday = addDays(periodStart(day, 'week'), 3);
  const year = thursday.slice(0, 4);
  const week = Math.floor(daysBetween(`${year}-01-01`, thursday) / 7) + 1;
  return `${year}-W${String(week).padStart(2, '0')}`;
}

/**
 * Days merged into ranges, ascending.
 * @param maxGap days that may lie between two of one range. @defaultValue 0
 */
export function toRanges(days: Iterable<string>, maxGap = 0): DayRange[] {
  const ranges: DayRange[] = [];
  for (const day of [...new Set(days)].sort()) {
    const last = ranges.at(-1);
    if (last && addDays(last.to, 1 + maxGap) >= day) last.to = day;
    else ranges.push({ from: day, to: day });
  }
  return ranges;
}

export function daysOf(range: DayRange): number {
  return daysBetween(range.from, range.to) + 1;
}

function weekdayFromMonday(day: string): number {
  // 1970-01-05 was a Monday.
  return ((daysBetween('1970-01-05', day) % 7) + 7) % 7;
}
