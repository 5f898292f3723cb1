import type { Interval } from '../../analytics/analytics.service';
import {
  annualWorth,
  ENDS_BEFORE_START,
  endsBeforeStart,
  statusByDates,
  undatedEnd,
  type SubscriptionStatus,
} from '../../facts/facts.service';
import { RowIssue } from './cell';
import type { StageValue } from './data-type';
import { NOTE } from './note';

export interface SubscriptionRow {
  startedAt: number;
  cancelledAt: number | null;
  trialEndsAt: number | null;
  status: SubscriptionStatus | null;
  interval: Interval;
  amountMinor: number;
}

/** What follows from the given fields, by the rules of a saved row; or the field that breaks them. */
export function deriveSubscription(
  row: SubscriptionRow,
  now: number,
):
  | { status: StageValue; cancelledAt: StageValue; annualMinor: number; note: number }
  | { field: string; issue: RowIssue } {
  if (endsBeforeStart(row)) {
    return { field: 'cancelled_at', issue: new RowIssue('INVALID_DATE', `cancelled_at ${ENDS_BEFORE_START}.`) };
  }
  const status = row.status ?? statusByDates(row, now);
  const isUndated = status === 'cancelled' && row.cancelledAt === null;
  const annualMinor = annualWorth(row, { status, trialEndsAt: row.trialEndsAt });
  if (!Number.isSafeInteger(annualMinor)) {
    return { field: 'amount', issue: new RowIssue('INVALID_NUMBER', 'The amount of a year is too large.') };
  }
  return {
    status,
    cancelledAt: isUndated ? undatedEnd(row, now) : row.cancelledAt,
    annualMinor,
    note: (isUndated ? NOTE.DATED : 0) | (row.status === null ? NOTE.STATUS_DERIVED : 0),
  };
}
