import { majorToMinor, minorExponent } from '../../../../values/money';
import { isRowIssue } from '../../convert/cell';
import { multiplyToMinorUnits } from '../../convert/money';
import { scaleOf, type DataType } from '../../convert/data-type';
import type { FieldPlan } from '../../convert/mapping';
import { stagedValue, type StagedRow } from '../staged-row';
import type { OrderLine, OrderRequest, StoredOrder } from './order';

/** Digits of a number that is read as an amount. */
const MAX_AMOUNT = 9e15;

/** Whether a file speaks of lines, and not only of whole orders. */
export function bringsLines({ provided }: FieldPlan): boolean {
  return ['amount', 'unit_price', 'quantity', 'product_id', 'line_id'].some((field) => provided.has(field));
}

export function lineIdOf(type: DataType, row: StagedRow): string | null {
  const item = stagedValue(type, row, 'item');
  return item === null ? null : textOf(parsed(item)['line_id']);
}

/** A row of the file as a line. Where its amount is the order's, it has none of its own. */
export function lineOf({ plan }: Pick<OrderRequest, 'plan'>, row: StagedRow): OrderLine {
  const item = parsed(stagedValue(plan.type, row, 'item') ?? '{}');
  if (plan.amountIs === 'order') delete item['amount'];
  const minor = plan.amountIs === 'order' ? null : stagedValue(plan.type, row, 'amount_minor');
  const status = stagedValue(plan.type, row, 'status');
  return { row: row.row, ...identityOf(item), item, minor: minor as number | null, status: status as string | null };
}

/** A purchase that was stored without items is one line without a name. */
export function storedLines({ items, currency, status, totalMinor }: StoredOrder): OrderLine[] {
  if (!items?.length) return [{ row: 0, lineId: null, product: null, item: {}, minor: totalMinor, status }];
  return items.map((stored): OrderLine => {
    const item = typeof stored === 'object' && stored !== null ? (stored as Record<string, unknown>) : {};
    return {
      row: 0,
      ...identityOf(item),
      item,
      minor: minorOf(item, currency),
      status: textOf(item['status']) ?? status,
    };
  });
}

/** As the purchase keeps it; a status only where it is not the order's. */
export function itemOf(
  line: OrderLine,
  order: { status: string | null; currency: string | null },
): Record<string, unknown> {
  const { status, ...item } = line.item;
  const isOwn = line.status !== null && line.status !== order.status;
  const amount = line.minor === null ? {} : { amount: line.minor / scaleOf(minorExponent(order.currency ?? '') ?? 2) };
  return { ...item, ...amount, ...(isOwn ? { status: line.status } : {}) };
}

/** A line that says nothing but its amount. */
export function isBare({ item, status }: OrderLine, orderStatus: string | null): boolean {
  const hasOwnStatus = status !== null && status !== orderStatus;
  return !hasOwnStatus && Object.keys(item).every((key) => key === 'amount' || key === 'status');
}

function minorOf({ amount, quantity, unit_price: price }: Record<string, unknown>, currency: string): number | null {
  const exponent = minorExponent(currency) ?? 2;
  if (typeof amount === 'number') return Math.abs(amount) < MAX_AMOUNT ? majorToMinor(amount, exponent) : null;
  if (typeof quantity !== 'number' || typeof price !== 'number') return null;
  const minor = multiplyToMinorUnits(quantity, price, exponent);
  return isRowIssue(minor) ? null : minor;
}

function identityOf(item: Record<string, unknown>): { lineId: string | null; product: string | null } {
  return { lineId: textOf(item['line_id']), product: textOf(item['product_id']) };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function parsed(item: unknown): Record<string, unknown> {
  return JSON.parse(String(item)) as Record<string, unknown>;
}
