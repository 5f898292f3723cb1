import type { AppError } from '../../core/errors';
import { invalidField } from '../../core/operation/issues';
import type { DayRange } from './analytics.store.types';
import { daysOf, periodStarts } from './calendar';

type Grouping = 'day' | 'week' | 'month' | 'plan' | 'product' | 'channel';
type Cohort = 'day' | 'week' | 'month';

/** Ten years of days, or three hundred of months. */
const MAX_PERIODS = 4_000;
/** The products of a large shop. */
const MAX_KEYS = 10_000;
/** The table grows with the square of it. */
const MAX_COHORTS = 400;

/** Before anything is read. @throws AppError VALIDATION_ERROR that says how many groups there would be */
export function assertFewPeriods(window: DayRange, groupBy: Grouping): void {
  if (groupBy !== 'day' && groupBy !== 'week' && groupBy !== 'month') return;
  const count = groupBy === 'day' ? daysOf(window) : periodStarts(window, groupBy).length;
  if (count > MAX_PERIODS) throw tooMany('group_by', groupBy, { count, what: 'groups', most: MAX_PERIODS });
}

/** What only the rows tell: of plans, products and channels. @throws AppError VALIDATION_ERROR */
export function assertFewKeys(groupBy: Grouping, count: number): void {
  if (count > MAX_KEYS) throw tooMany('group_by', groupBy, { count, what: 'groups', most: MAX_KEYS });
}

/** @throws AppError VALIDATION_ERROR */
export function assertFewCohorts(cohort: Cohort, count: number): void {
  if (count > MAX_COHORTS) throw tooMany('cohort', cohort, { count, what: 'cohorts', most: MAX_COHORTS });
}

const COARSER: Partial<Record<Grouping, string>> = { day: 'week or month, or ', week: 'month, or ' };

function tooMany(field: string, value: Grouping, found: { count: number; what: string; most: number }): AppError {
  const [count, most] = [found.count, found.most].map((figure) => figure.toLocaleString('en-US'));
  const advice = `choose ${COARSER[value] ?? ''}fewer days`;
  return invalidField(
    field,
    'too_large',
    `${value} would give ${count} ${found.what}, at most ${most} are answered; ${advice}`,
  );
}
