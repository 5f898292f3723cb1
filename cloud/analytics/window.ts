import { invalidField } from '../../core/operation/issues';
import { addDays, dayInZone } from '../../values/zone';
import type { DayRange } from './analytics.store.types';
import { daysOf, periodStart, previousPeriod, type Period } from './calendar';

const DEFAULT_DAYS = 30;
const EARLIEST = '1900-01-01';
const LATEST = '2199-12-31';

export interface WindowInput {
  start_date?: string | undefined;
  end_date?: string | undefined;
}

/**
 * The asked days; by default the last 30 with today.
 * @throws AppError VALIDATION_ERROR when the end is before the start
 */
export function windowOf(input: WindowInput, now: Date, timeZone: string): DayRange {
  assertYears(input);
  const to = input.end_date ?? dayInZone(now.getTime(), timeZone);
  return checked({ from: input.start_date ?? addDays(to, 1 - DEFAULT_DAYS), to });
}

export interface RevenueWindow {
  window: DayRange;
  /** What growth is measured against. */
  previous: DayRange;
}

/**
 * The calendar period up to today (or up to `end_date`), against the whole period before it; a
 * given `start_date` makes it a window of its own, against the equal window before.
 * @throws AppError VALIDATION_ERROR when the end is before the start
 */
export function revenueWindowOf(input: WindowInput & { period: Period }, now: Date, timeZone: string): RevenueWindow {
  assertYears(input);
  const to = input.end_date ?? dayInZone(now.getTime(), timeZone);
  if (input.start_date !== undefined) {
    const window = checked({ from: input.start_date, to });
    return { window, previous: previousWindow(window) };
  }
  const window = checked({ from: periodStart(to, input.period), to });
  return { window, previous: previousPeriod(to, input.period) };
}

/** The window of equal length that ends on the day before. */
export function previousWindow(window: DayRange): DayRange {
  const to = addDays(window.from, -1);
  return { from: addDays(to, 1 - daysOf(window)), to };
}

/** The first days of seven months in a row, less one day: the ends of the months around six whole ones. */
export function monthEndsBefore(day: string, months: number): string[] {
  const ends: string[] = [];
  let first = periodStart(day, 'month');
  for (let count = 0; count <= months; count += 1) {
    ends.unshift(addDays(first, -1));
    first = periodStart(addDays(first, -1), 'month');
  }
  return ends;
}

/** Of what was given: a default never lies outside. */
function assertYears(input: WindowInput): void {
  for (const name of ['start_date', 'end_date'] as const) {
    const day = input[name];
    if (day === undefined || (day >= EARLIEST && day <= LATEST)) continue;
    throw invalidField(name, 'not_allowed', `must be a day from ${EARLIEST} to ${LATEST}`);
  }
}

function checked(window: DayRange): DayRange {
  if (window.to < window.from) throw invalidField('end_date', 'too_small', 'must not be before start_date');
  return window;
}
