import type { Interval } from '../../analytics/analytics.service';
import { minorExponent } from '../../../values/money';
import type { SubscriptionStatus } from '../../facts/facts.service';
import { isEmptyCell, type Cell } from '../read/cell';
import { isRowIssue, RowIssue } from './cell';
import { multiplyToMinorUnits, parseMinorUnits, wasRounded } from './money';
import type { RawRow } from '../read/row-batch';
import { convertCell } from './convert-cell';
import { scaleOf, type StageValue } from './data-type';
import { itemJson, minorToMajorText, subscriptionVersions } from './derived';
import type { FieldPlan, FieldSource } from './mapping';
import { NOTE } from './note';
import { rowError, type RowError } from './row-error';
import { deriveSubscription } from './subscription-row';

/** Turns raw rows into staged values; one instance a file, because the hot loop runs on resolved positions. */
export class RowConverter {
  private readonly indexOf = new Map<string, number>();
  /** Converted value of each field of the current row. */
  private readonly values: StageValue[];
  private readonly columnSources: readonly (string | number)[];
  private readonly amount: FieldSource | undefined;
  private readonly order: FieldSource | undefined;
  private readonly isSubscription: boolean;
  private issues: RowError[] = [];
  private note = 0;
  /** Decimals of the current row's currency. */
  private exponent = 2;
  private versions: string | null = null;

  constructor(private readonly plan: FieldPlan) {
    plan.sources.forEach((source, index) => this.indexOf.set(source.spec.name, index));
    this.values = plan.sources.map(() => null);
    // A column is the field of the same origin, unless something is derived for it by name.
    this.columnSources = plan.type.columns.map(({ name, from }) =>
      DERIVED.has(name) ? name : (this.indexOf.get(from) ?? name),
    );
    this.amount = this.source('amount');
    this.order = plan.type.isGrouped && this.source(plan.type.idField ?? '');
    this.isSubscription = plan.type.name === 'subscriptions';
  }

  /** The staged values in the order of the type's columns, or what is wrong with the row: every issue of it. */
  convert(raw: RawRow): StageValue[] | RowError[] {
    this.issues = [];
    this.note = 0;
    if (raw.shape) {
      return [rowError(raw.row, null, new RowIssue('ROW_SHAPE', 'The row has more values than the header.'), null)];
    }
    const { sources } = this.plan;
    const isContinued = this.isContinued(raw);
    for (let index = 0; index < sources.length; index++) {
      this.values[index] = this.fieldValue(sources[index]!, raw, isContinued);
    }
    const minor = this.amountMinor(raw, isContinued);
    if (this.isSubscription && !this.issues.length) this.deriveSubscription(raw, minor);
    if (this.issues.length) return this.issues;
    return this.columnSources.map((source) =>
      typeof source === 'number' ? (this.values[source] ?? null) : this.derived(source, minor, isContinued),
    );
  }

  /** True for the result of a refused row. */
  static isRefused(result: StageValue[] | RowError[]): result is RowError[] {
    return typeof result[0] === 'object' && result[0] !== null;
  }

  /** The order that a refused row belongs to, which is held back with it; null when it has none. */
  orderOf(raw: RawRow): string | null {
    if (!this.order) return null;
    const cell = cellOf(this.order, raw);
    if (isEmptyCell(cell)) return null;
    const id = convertCell(this.order.spec, cell, this.plan.timeZone);
    return typeof id === 'string' ? id : null;
  }

  /**
   * A further line of an order that leaves the amount to the order's first one, as Shopify's export does. What else it
   * leaves out is the order's, too; whether that is so is seen when all lines are known.
   */
  private isContinued(raw: RawRow): boolean {
    const { amount, order } = this;
    if (!order || !amount || amount.position < 0 || this.plan.amountIs === 'line') return false;
    return isEmptyCell(cellOf(amount, raw)) && !isEmptyCell(cellOf(order, raw));
  }

  private fieldValue(source: FieldSource, raw: RawRow, isContinued: boolean): StageValue {
    const { spec } = source;
    const cell = isContinued && source.isOfOrder ? givenCell(source, raw) : cellOf(source, raw);
    if (spec.kind === 'amount') return null;
    if (isEmptyCell(cell)) {
      const isMissing = source.isRequired && !(isContinued && source.isOfOrder);
      if (isMissing) this.report(raw, source, new RowIssue('REQUIRED', `${spec.name} is required.`), cell);
      return null;
    }
    const value = convertCell(spec, cell, this.plan.timeZone);
    if (!isRowIssue(value)) return value;
    this.report(raw, source, value, cell);
    return null;
  }

  private amountMinor(raw: RawRow, isContinued: boolean): number | null {
    const { amount } = this;
    if (!amount) return null;
    const code = this.value('currency') ?? (isContinued ? this.plan.defaultCurrency : null);
    // Without a currency the row is refused already, or an update that does not touch money.
    if (typeof code !== 'string') return null;
    const exponent = (this.exponent = minorExponent(code) ?? 2);
    const cell = cellOf(amount, raw);
    if (!isEmptyCell(cell)) return this.money(raw, amount, cell, parseMinorUnits(cell, exponent));
    const quantity = this.source('quantity');
    const price = this.source('unit_price');
    const quantityCell = quantity ? cellOf(quantity, raw) : null;
    const priceCell = price ? cellOf(price, raw) : null;
    if (price && !isEmptyCell(quantityCell) && !isEmptyCell(priceCell)) {
      // Cells that are no numbers have been reported under their own names.
      if (this.value('quantity') === null || this.value('unit_price') === null) return null;
      return this.money(raw, price, priceCell, multiplyToMinorUnits(quantityCell, priceCell, exponent));
    }
    if (amount.isRequired && !isContinued) {
      this.report(raw, missingAmount(amount, quantity, price, quantityCell), MISSING_AMOUNT, null);
    }
    return null;
  }

  private money(raw: RawRow, source: FieldSource, cell: Cell, value: number | RowIssue): number | null {
    if (!isRowIssue(value)) {
      if (wasRounded()) this.note |= NOTE.ROUNDED;
      return value;
    }
    this.report(raw, source, value, cell);
    return null;
  }

  /** By the rules of a saved row: its status, its end, and what it is worth. */
  private deriveSubscription(raw: RawRow, minor: number | null): void {
    this.versions = null;
    const startedAt = this.value('started_at');
    const currency = this.value('currency');
    // An update that leaves these out is refused by the plan.
    if (startedAt === null || minor === null || typeof currency !== 'string') return;
    const result = deriveSubscription(
      {
        startedAt: Number(startedAt),
        cancelledAt: this.value('cancelled_at') as number | null,
        trialEndsAt: this.value('trial_ends_at') as number | null,
        status: this.value('status') as SubscriptionStatus | null,
        interval: (this.value('interval') ?? 'month') as Interval,
        amountMinor: minor,
      },
      this.plan.importedAt,
    );
    if ('issue' in result) {
      const source = this.source(result.field)!;
      return this.report(raw, source, result.issue, cellOf(source, raw));
    }
    this.note |= result.note;
    this.values[this.indexOf.get('status')!] = result.status;
    this.values[this.indexOf.get('cancelled_at')!] = result.cancelledAt;
    const plan = String(this.value('plan') ?? '');
    this.versions = subscriptionVersions({
      annualMinor: result.annualMinor,
      currency,
      plan,
      startedAt: Number(startedAt),
    });
  }

  private derived(column: string, minor: number | null, isContinued: boolean): StageValue {
    if (column === 'amount_minor') return minor;
    if (column === 'item') return this.item(minor);
    if (column === 'note') return this.note || null;
    if (column === 'versions') return this.versions;
    if (column === 'given_minor') return this.isGiven(isContinued) ? minor : null;
    if (typeof this.value('currency') !== 'string') return null;
    if (column === 'scale') return scaleOf(this.exponent);
    return minor === null ? null : minorToMajorText(minor, this.exponent);
  }

  /** Only lines of orders have an amount that may be the order's. */
  private isGiven(isContinued: boolean): boolean {
    return !isContinued && (this.amount?.position ?? -1) >= 0 && this.value('order_id') !== null;
  }

  private item(minor: number | null): string | null {
    const line = this.value('line_id');
    const product = this.value('product_id');
    const quantity = this.value('quantity');
    const price = this.value('unit_price');
    // Without any of them a purchase has no items, only a total.
    if (line === null && product === null && quantity === null && price === null) return null;
    return itemJson({ line, product, quantity, price, amountMinor: minor, scale: scaleOf(this.exponent) });
  }

  private report(raw: RawRow, source: FieldSource, issue: RowIssue, cell: Cell): void {
    this.issues.push(rowError(raw.row, source.column, issue, cell));
  }

  private source(field: string): FieldSource | undefined {
    const index = this.indexOf.get(field);
    return index === undefined ? undefined : this.plan.sources[index];
  }

  private value(field: string): StageValue {
    const index = this.indexOf.get(field);
    return index === undefined ? null : (this.values[index] ?? null);
  }
}

const DERIVED = new Set(['amount_minor', 'given_minor', 'scale', 'amount', 'item', 'versions', 'note']);
const MISSING_AMOUNT = new RowIssue('REQUIRED', 'amount is required, or quantity and unit_price.');

/** Names the column that is really empty. */
function missingAmount(
  amount: FieldSource,
  quantity: FieldSource | undefined,
  price: FieldSource | undefined,
  quantityCell: Cell,
): FieldSource {
  if (amount.position >= 0 || !quantity || !price) return amount;
  return isEmptyCell(quantityCell) ? quantity : price;
}

function givenCell(source: FieldSource, raw: RawRow): Cell {
  return source.position < 0 ? null : (raw.cells[source.position] ?? null);
}

function cellOf(source: FieldSource, raw: RawRow): Cell {
  const cell = givenCell(source, raw);
  return isEmptyCell(cell) ? source.fallback : cell;
}
