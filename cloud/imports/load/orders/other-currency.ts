import { minorExponent, minorToMajor } from '../../../../values/money';
import { inCurrency } from '../../../facts/amounts';
import { FactFault } from '../../../facts/define';
import { OrderFault, type OrderRequest, type StoredOrder } from './order';

/**
 * A stored order in the currency that a file gives it: its amounts stay, rounded to the decimals of that, as a save has it.
 * @param currency null for the order's own
 * @throws OrderFault where the fact's rules refuse them
 */
export function inCurrencyOf({ plan, rows }: OrderRequest, stored: StoredOrder, currency: string | null): StoredOrder {
  if (currency === null || currency === stored.currency) return stored;
  const major = minorToMajor(stored.totalMinor, minorExponent(stored.currency) ?? 2);
  const total = inCurrency('amount', major, currency);
  if (total instanceof FactFault) throw refused(total);
  const { items } = stored;
  const isChanged = (name: string): boolean => name === 'currency';
  const checked = plan.type.fact.check?.({ items, currency }, { now: plan.importedAt, original: undefined, isChanged });
  if (checked instanceof FactFault) throw refused(checked);
  return { ...stored, currency, totalMinor: total.minor };

  function refused({ phrase }: FactFault): OrderFault {
    return new OrderFault(rows[0]!.row, 'amount', 'INVALID_NUMBER', `amount ${phrase}.`);
  }
}
