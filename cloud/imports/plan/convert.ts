import { minorExponent } from '../../../core/money';
import { isEmptyCell, isRowIssue, RowIssue, type Cell } from '../cells/cell';
import { multiplyToMinorUnits, parseMinorUnits } from '../cells/money';
import type { RawRow } from '../read/row-batch';
import { convertCell } from './convert-cell';
import { scaleOf, type StageValue } from './data-type';
import { itemJson, minorToMajorText, subscriptionVersions } from './derived';
import type { FieldPlan, FieldSource } from './mapping';
import { rowError, type RowError } from './row-error';

/** Turns raw rows into staged values; one instance a file, because the hot loop runs on resolved positions. */
export class RowConverter {
  private readonly indexOf = new Map<string, number>();
  /** Converted value of each field of the current row. */
  private readonly values: StageValue[];
  private readonly columnSources: readonly (string | number)[];
  private issues: RowError[] = [];

  constructor(private readonly plan: FieldPlan) {
    plan.sources.forEach((source, index) => this.indexOf.set(source.spec.name, index));
    this.values = plan.sources.map(() => null);
    // A column is the field of the same origin, unless something is derived for it by name.
    this.columnSources = plan.type.columns.map(({ name, from }) =>
      DERIVED.has(name) ? name : (this.indexOf.get(from) ?? name),
    );
  }

  /** The staged values in the order of the type's columns, or what is wrong with the row: every issue of it. */
  convert(raw: RawRow): StageValue[] | RowError[] {
    this.issues = [];
    if (raw.shape) {
      return [rowError(raw.row, null, new RowIssue('ROW_SHAPE', 'The row has more values than the header.'), null)];
    }
    const { sources } = this.plan;
    for (let index = 0; index < sources.length; index++) this.values[index] = this.fieldValue(sources[index]!, raw);
    const minor = this.amountMinor(raw);
    if (this.issues.length) return this.issues;
    return this.columnSources.map((source) =>
      typeof source === 'number' ? (this.values[source] ?? null) : this.derived(source, minor),
    );
  }

  /** True for the result of a refused row. */
  static isRefused(result: StageValue[] | RowError[]): result is RowError[] {
    return typeof result[0] === 'object' && result[0] !== null;
  }

  private fieldValue(source: FieldSource, raw: RawRow): StageValue {
    const { spec } = source;
    const cell = cellOf(source, raw);
    if (spec.kind === 'amount') return null;
    if (isEmptyCell(cell)) {
      if (source.isRequired) this.report(raw, source, new RowIssue('REQUIRED', `${spec.name} is required.`), cell);
      return null;
    }
    const value = convertCell(spec, cell, this.plan.timeZone);
    if (!isRowIssue(value)) return value;
    this.report(raw, source, value, cell);
    return null;
  }

  private amountMinor(raw: RawRow): number | null {
    const amount = this.source('amount');
    if (!amount) return null;
    const code = this.value('currency');
    // Without a currency the row is refused already, or an update that does not touch money.
    if (typeof code !== 'string') return null;
    const exponent = minorExponent(code) ?? 2;
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
    if (amount.isRequired) this.report(raw, missingAmount(amount, quantity, price, quantityCell), MISSING_AMOUNT, null);
    return null;
  }

  private money(raw: RawRow, source: FieldSource, cell: Cell, value: number | RowIssue): number | null {
    if (!isRowIssue(value)) return value;
    this.report(raw, source, value, cell);
    return null;
  }

  private derived(column: string, minor: number | null): StageValue {
    if (column === 'amount_minor') return minor;
    if (column === 'item') return this.item(minor);
    const currency = this.value('currency');
    if (typeof currency !== 'string') return null;
    const exponent = minorExponent(currency) ?? 2;
    if (column === 'scale') return scaleOf(exponent);
    if (minor === null) return null;
    if (column === 'amount') return minorToMajorText(minor, exponent);
    return subscriptionVersions({
      amountMinor: minor,
      currency,
      interval: String(this.value('interval') ?? 'month'),
      plan: String(this.value('plan') ?? ''),
      startedAt: Number(this.value('started_at')),
    });
  }

  private item(minor: number | null): string | null {
    const product = this.value('product_id');
    const quantity = this.value('quantity');
    const price = this.value('unit_price');
    // Without product, quantity or price a purchase has no items, only a total.
    if (product === null && quantity === null && price === null) return null;
    const currency = this.value('currency');
    const exponent = typeof currency === 'string' ? (minorExponent(currency) ?? 2) : 2;
    return itemJson({ product, quantity, price, amountMinor: minor, scale: scaleOf(exponent) });
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

const DERIVED = new Set(['amount_minor', 'scale', 'amount', 'item', 'versions']);
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

function cellOf(source: FieldSource, raw: RawRow): Cell {
  const cell = source.position < 0 ? null : (raw.cells[source.position] ?? null);
  return isEmptyCell(cell) ? source.fallback : cell;
}
