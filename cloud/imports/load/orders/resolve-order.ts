import { minorExponent } from '../../../../values/money';
import { PURCHASE_STATUSES } from '../../../facts/purchase.fact';
import { RowIssue } from '../../convert/cell';
import { scaleOf } from '../../convert/data-type';
import type { FieldPlan } from '../../convert/mapping';
import { rowError } from '../../convert/row-error';
import { stagedValue } from '../staged-row';
import { matchLines, type LineMatch } from './match-lines';
import {
  OrderFault,
  type OrderFields,
  type OrderLine,
  type OrderRequest,
  type ResolvedOrder,
  type StoredOrder,
} from './order';
import { columnOf, faultsOf, holdBack } from './order-faults';
import { inCurrencyOf } from './other-currency';
import { bringsLines, isBare, itemOf, lineOf, storedLines } from './order-lines';

/** The purchase that the lines of an order make, or why none of them is stored. Pure, and the same in every run. */
export function resolveOrder(request: OrderRequest): ResolvedOrder {
  const faults = faultsOf(request);
  if (faults.length || request.refused.length) return { errors: holdBack(request, faults) };
  try {
    const fields = request.stored ? changedOrder(request, request.stored) : newOrder(request);
    requireSafe(request, fields);
    return {
      fields: { ...fields, scale: scaleOf(minorExponent(fields.currency ?? request.stored?.currency ?? '') ?? 2) },
    };
  } catch (error) {
    if (!(error instanceof OrderFault)) throw error;
    const issue = new RowIssue(error.code, error.message);
    const fault = rowError(error.row, columnOf(request, error.field), issue, request.id);
    return { errors: holdBack(request, [fault]) };
  }
}

type Unscaled = Omit<OrderFields, 'scale'>;

function newOrder(request: OrderRequest): Unscaled {
  const { plan, rows } = request;
  const isTotal = plan.amountIs === 'order';
  const given = sharedFields(request);
  const common = isTotal ? (given.status ?? fallbackStatus(plan)) : null;
  const lines = rows.map((row) => lineOf(request, row)).map((line) => withStatus(line, common ?? fallbackStatus(plan)));
  const status = common ?? strongest(lines);
  const currency = given.currency ?? plan.defaultCurrency;
  const total = isTotal ? given.total : sumOf(lines, status);
  return {
    ...given,
    currency,
    status,
    totalMinor: total,
    items: itemsOf(lines, { status, currency }),
    isByPlace: false,
  };
}

/** Lines that are stored already are replaced, others added; what the file does not mention stays. */
function changedOrder(request: OrderRequest, original: StoredOrder): Unscaled {
  const { plan } = request;
  const given = sharedFields(request);
  if (!bringsLines(plan)) {
    const stored = inCurrencyOf(request, original, given.currency);
    return changedAsWhole(given, stored, stored !== original);
  }
  const fileLines = request.rows.map((row) => lineOf(request, row));
  const isTotal = plan.amountIs === 'order';
  const isAmountKept = isTotal ? given.total === null : fileLines.some(({ minor }) => minor === null);
  const stored = isAmountKept ? inCurrencyOf(request, original, given.currency) : original;
  const before = storedLines(stored);
  const { matches, kept } = matchLines(fileLines, before);
  const isWhole = kept.length === 0;
  if (!isWhole) refuseOther(request, given, original);
  const hasStatus = plan.provided.has('status');
  const replaced = new Map(
    matches.flatMap(({ line, replaces }): [OrderLine, OrderLine][] => {
      if (!replaces) return [];
      const status = (hasStatus ? line.status : null) ?? replaces.status;
      const old = isTotal ? withoutAmount(replaces) : replaces;
      return [[replaces, { ...line, item: { ...old.item, ...line.item }, minor: line.minor ?? old.minor, status }]];
    }),
  );
  const added = matches.filter(({ replaces }) => !replaces).map(({ line }) => withStatus(line, fallbackStatus(plan)));
  const common = isTotal ? ((hasStatus ? given.status : null) ?? stored.status) : null;
  const lines = [...before.map((line) => replaced.get(line) ?? line), ...added].map((line) =>
    common ? { ...line, status: common } : line,
  );
  const status = common ?? strongest(lines);
  const currency = given.currency ?? stored.currency;
  return {
    ...given,
    currency,
    status,
    totalMinor: isTotal ? (given.total ?? stored.totalMinor) : changedTotal(request, { stored, lines, kept, status }),
    items: itemsOf(lines, { status, currency }),
    purchasedAt: isWhole ? given.purchasedAt : earliest(given.purchasedAt, stored.purchasedAt),
    isByPlace: !isTotal && matches.some(isToldByPlace),
  };
}

/**
 * An update that names no lines: a status is that of all of them.
 * @param isOther the order gets another currency, and its total with it
 */
function changedAsWhole(given: Shared, stored: StoredOrder, isOther: boolean): Unscaled {
  const { status } = given;
  const total = isOther ? stored.totalMinor : null;
  if (status === null) return { ...given, totalMinor: total, items: null, isByPlace: false };
  const lines = storedLines(stored);
  const rest = restOf(stored, lines) ?? 0;
  const changed = lines.map((line) => withStatus({ ...line, status: null }, status));
  const isKnown = lines.every(({ minor }) => minor !== null);
  return {
    ...given,
    totalMinor: isKnown ? sumOf(changed, status) + rest : total,
    items: stored.items ? itemsOf(changed, { status, currency: stored.currency }) : null,
    isByPlace: false,
  };
}

/** Another amount in the place of a line may as well be another line. */
function isToldByPlace({ line, replaces }: LineMatch): boolean {
  return replaces !== undefined && line.lineId === null && line.product === null && line.minor !== replaces.minor;
}

interface Shared extends Pick<OrderFields, 'currency' | 'status' | 'purchasedAt' | 'channel' | 'customerId'> {
  /** The order's own total, where the file gives it. */
  total: number | null;
}

/** The first value of what all lines share, and the earliest date. */
function sharedFields({ plan, rows }: OrderRequest): Shared {
  const first = (column: string): string | null => {
    const row = rows.find((candidate) => stagedValue(plan.type, candidate, column) !== null);
    return row ? String(stagedValue(plan.type, row, column)) : null;
  };
  const total = first('given_minor');
  return {
    currency: first('currency'),
    status: first('status'),
    channel: first('channel'),
    customerId: first('customer_id'),
    total: total === null ? null : Number(total),
    purchasedAt: rows.reduce<number | null>(
      (least, row) => earliest(least, stagedValue(plan.type, row, 'purchased_at') as number | null),
      null,
    ),
  };
}

/** Amounts of two currencies cannot be added, and an order has one customer. */
function refuseOther({ rows }: OrderRequest, given: Shared, stored: StoredOrder): void {
  const row = rows[0]!.row;
  const conflict = (field: string, what: string): OrderFault =>
    new OrderFault(
      row,
      field,
      'ORDER_CONFLICT',
      `The order is stored with another ${what}; send all of its lines to change it.`,
    );
  if (given.currency !== null && given.currency !== stored.currency) throw conflict('currency', 'currency');
  const { customerId } = stored;
  if (given.customerId !== null && customerId !== null && given.customerId !== customerId)
    throw conflict('customer_id', 'customer');
}

interface Change {
  stored: StoredOrder;
  /** All lines as they will be. */
  lines: readonly OrderLine[];
  kept: readonly OrderLine[];
  status: string;
}

/** The lines' sum. What a stored total has beyond its lines, such as shipping, stays with the lines that stay. */
function changedTotal({ rows }: OrderRequest, { stored, lines, kept, status }: Change): number {
  const rest = restOf(stored, storedLines(stored));
  if (lines.some(({ minor }) => minor === null) || (kept.length > 0 && rest === null)) {
    const message =
      'The order is stored with a total, but without amounts of its lines: send its total (amount_is order).';
    throw new OrderFault(rows[0]!.row, 'amount', 'ORDER_CONFLICT', message);
  }
  const isSameStatus = status === stored.status;
  return sumOf(lines, status) + (kept.length && isSameStatus ? (rest ?? 0) : 0);
}

/** Null where lines have no amounts. */
function restOf({ totalMinor, status }: StoredOrder, lines: readonly OrderLine[]): number | null {
  return lines.some(({ minor }) => minor === null) ? null : totalMinor - sumOf(lines, status);
}

function itemsOf(
  lines: readonly OrderLine[],
  order: { status: string; currency: string | null },
): Record<string, unknown>[] | null {
  const [only, ...others] = lines;
  if (!only || (!others.length && isBare(only, order.status))) return null;
  const items = lines.map((line) => itemOf(line, order));
  return items.some((item) => Object.keys(item).length) ? items : null;
}

/** Paid before pending, refunded and cancelled: an order with a paid line is paid, as far as that line goes. */
function strongest(lines: readonly OrderLine[]): string {
  return PURCHASE_STATUSES.find((status) => lines.some((line) => line.status === status)) ?? PURCHASE_STATUSES[0];
}

function sumOf(lines: readonly OrderLine[], status: string): number {
  return lines.reduce((sum, line) => sum + (line.status === status ? (line.minor ?? 0) : 0), 0);
}

function withStatus(line: OrderLine, fallback: string): OrderLine {
  return { ...line, status: line.status ?? fallback };
}

function withoutAmount({ item: { amount: _amount, ...item }, ...line }: OrderLine): OrderLine {
  return { ...line, item, minor: null };
}

function fallbackStatus({ sources }: FieldPlan): string {
  const fallback = sources.find(({ spec }) => spec.name === 'status')?.fallback;
  return typeof fallback === 'string' ? fallback.trim().toLowerCase() : PURCHASE_STATUSES[0];
}

function earliest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

/** A sum beyond ±2^53 minor units would not be exact in the class's number field. */
function requireSafe({ rows }: OrderRequest, { totalMinor }: Unscaled): void {
  if (totalMinor === null || Number.isSafeInteger(totalMinor)) return;
  throw new OrderFault(rows[0]!.row, 'amount', 'INVALID_NUMBER', "The order's total is too large.");
}
