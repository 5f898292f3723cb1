import { NOTE } from '../convert/note';
import type { ImportReport, ImportWarning } from '../convert/warning';
import type { AmountDecision } from './orders/amount-is';
import type { WarnedRows } from './warned-rows';

/** Notes that become warnings, with what is said of their rows. */
export const WARNED_NOTES = [
  {
    note: NOTE.ROUNDED,
    code: 'ROUNDED',
    message: 'Amounts with more decimals than their currency has were rounded, halves away from zero.',
  },
  {
    note: NOTE.DATED,
    code: 'CANCELLATION_DATED',
    message: 'Subscriptions cancelled without cancelled_at end with this import, or when they did before.',
  },
] as const;

const BY_PLACE =
  'Lines with neither line_id nor product_id replaced the stored lines of their order, the first one the first.';

export interface Findings {
  amountIs: AmountDecision | undefined;
  notes: ReadonlyMap<number, WarnedRows>;
  byPlace: WarnedRows | undefined;
}

/** Everything that a job tells beside counts and refused rows. */
export function reportOf(
  columnWarnings: readonly ImportWarning[],
  { amountIs, notes, byPlace }: Findings,
): ImportReport {
  const warnings = [...columnWarnings];
  if (amountIs?.warning) warnings.push(amountIs.warning);
  for (const { note, code, message } of WARNED_NOTES) pushRows(warnings, { code, message }, notes.get(note));
  pushRows(warnings, { code: 'LINES_BY_PLACE', message: BY_PLACE }, byPlace);
  return { amount_is: amountIs ? { used: amountIs.used, reason: amountIs.reason } : null, warnings };
}

function pushRows(warnings: ImportWarning[], warning: ImportWarning, warned: WarnedRows | undefined): void {
  if (warned?.total) warnings.push({ ...warning, rows: warned.rows, row_total: warned.total });
}
