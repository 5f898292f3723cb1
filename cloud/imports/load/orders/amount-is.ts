import type { FieldPlan } from '../../convert/mapping';
import type { AmountIs, ImportOptions } from '../../convert/options';
import type { ImportWarning } from '../../convert/warning';
import { stagedValue, type StagedRow } from '../staged-row';

/** Of the orders with several lines. */
export interface AmountStats {
  orders: number;
  /** Those with the same amount on each line. */
  uniform: number;
  /** Those with an amount on the first line only. */
  firstOnly: number;
  /** Different amounts among the uniform ones, as far as it is more than one. */
  totals: number;
  /** Those whose amounts are quantity × unit_price, line by line. */
  products: number;
}

export interface AmountDecision {
  used: AmountIs;
  reason: string;
  warning?: ImportWarning;
}

/** Column names by which shops export the total of an order, without what is no letter. */
const TOTAL_NAMES = new Set(
  'total ordertotal ordertotalamount orderamount totalprice totalamount totalpaid grandtotal ordergrandtotal amountpaid invoicetotal carttotal'.split(
    ' ',
  ),
);
const FEW = 2;

/** Whether it takes a look at the rows to tell. */
export function isAmountOpen(plan: FieldPlan, options: ImportOptions): boolean {
  const hasAmounts = plan.sources.some(({ spec, position }) => spec.kind === 'amount' && position >= 0);
  return plan.type.isGrouped === true && !options.amountIs && hasAmounts && plan.provided.has('order_id');
}

/** Without stats: as asked for, or nothing to tell. */
export function decideAmountIs(plan: FieldPlan, options: ImportOptions, stats?: AmountStats): AmountDecision {
  if (options.amountIs) return { used: options.amountIs, reason: 'As asked for by amount_is.' };
  if (!stats?.orders) return { used: 'line', reason: 'No order has several lines.' };
  const column = plan.sources.find(({ spec }) => spec.kind === 'amount')?.column ?? 'amount';
  const isNamed = TOTAL_NAMES.has(column.toLowerCase().replace(/[^a-z]/g, ''));
  const { orders, uniform, firstOnly, totals, products } = stats;
  if (products === orders) return { used: 'line', reason: 'Each amount is quantity × unit_price of its line.' };
  if (uniform + firstOnly === orders) return decideUniform(stats, { column, isNamed });
  const reason = `In ${orders - uniform - firstOnly} of ${orders} orders with several lines the amounts differ.`;
  if (!isNamed || uniform * 2 <= orders || totals < FEW) return { used: 'line', reason };
  return {
    used: 'line',
    reason,
    warning: ambiguous(`${reason} In the others they are the same on each line.`, 'order'),
  };
}

function decideUniform(
  { orders, firstOnly, totals }: AmountStats,
  { column, isNamed }: { column: string; isNamed: boolean },
): AmountDecision {
  const seen = firstOnly
    ? `the first line only has an amount in ${firstOnly} of ${orders} orders with several lines`
    : `all lines of each of the ${orders} orders with several lines have the same amount`;
  if (isNamed) return { used: 'order', reason: `The column "${column}" is named as a total, and ${seen}.` };
  const reason = `${seen.charAt(0).toUpperCase()}${seen.slice(1)}.`;
  if (orders >= FEW && (firstOnly === orders || totals >= FEW)) {
    const message = `${reason} The amount was taken as the total of the order; where it is that of the line, send amount_is line.`;
    return { used: 'order', reason, warning: { code: 'AMOUNT_IS_ORDER', message, columns: [column] } };
  }
  return { used: 'line', reason, warning: ambiguous(reason, 'order') };
}

function ambiguous(reason: string, other: AmountIs): ImportWarning {
  const message = `${reason} The amounts of an order were added up; where each is its total, send amount_is ${other}.`;
  return { code: 'AMOUNT_AMBIGUOUS', message };
}

/** Gathers the stats order by order. */
export class AmountCounter {
  readonly stats: AmountStats = { orders: 0, uniform: 0, firstOnly: 0, totals: 0, products: 0 };
  private firstTotal: number | undefined;

  constructor(private readonly plan: FieldPlan) {}

  add(rows: readonly StagedRow[]): void {
    if (rows.length < 2) return;
    const amounts = rows.map((row) => stagedValue(this.plan.type, row, 'given_minor'));
    const [first = null, ...others] = amounts;
    this.stats.orders += 1;
    if (first !== null && others.every((amount) => amount === null)) this.stats.firstOnly += 1;
    if (first !== null && others.every((amount) => amount === first)) this.addUniform(Number(first));
    if (rows.every((row) => isProduct(this.plan, row))) this.stats.products += 1;
  }

  private addUniform(total: number): void {
    this.stats.uniform += 1;
    this.firstTotal ??= total;
    this.stats.totals = Math.max(this.stats.totals, total === this.firstTotal ? 1 : FEW);
  }
}

function isProduct({ type }: FieldPlan, row: StagedRow): boolean {
  const item = JSON.parse(String(stagedValue(type, row, 'item') ?? '{}')) as Record<string, unknown>;
  const minor = stagedValue(type, row, 'given_minor');
  const { quantity, unit_price: price } = item;
  if (minor === null || typeof quantity !== 'number' || typeof price !== 'number') return false;
  return Math.abs(quantity * price * Number(stagedValue(type, row, 'scale') ?? 1) - Number(minor)) < 0.5;
}
