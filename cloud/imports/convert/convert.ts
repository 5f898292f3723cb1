import { minorExponent } from '../../../values/money';
import type { FactValues } from '../../facts/define';
import { isEmptyCell, type Cell } from '../read/cell';
import { isRowIssue, RowIssue } from './cell';
import { multiplyToMinorUnits, parseMinorUnits, wasRounded } from './money';
import type { RawRow } from '../read/row-batch';
import { convertCell } from './convert-cell';
import { scaleOf, type StageColumn, type StageValue } from './data-type';
import { itemJson, minorToMajorText } from './derived';
import { checkRow, factValue, stagedValueOf } from './fact-rule';
import type { FieldPlan, FieldSource } from './mapping';
import { NOTE } from './note';
import { rowError, type RowError } from './row-error';

/** Turns raw rows into staged values; one instance a file, because the hot loop runs on resolved positions. */
export class RowConverter {
  private readonly indexOf = new Map<string, number>();
  /** Converted value of each field of the current row. */
  private readonly values: StageValue[];
  /** Of each column: the value that it takes over, -1 for none; or the column where something is derived for it. */
  private readonly columnSources: readonly (StageColumn | number)[];
  /** What the rules of the fact see of a row: these, and nothing else. */
  private readonly judged: readonly { name: string; column: StageColumn; index: number }[];
  /** The same of the current row, in one object for all of them: rules only read it. */
  private readonly given: Record<string, unknown> = {};
  private readonly amount: FieldSource | undefined;
  private readonly order: FieldSource | undefined;
  private issues: RowError[] = [];
  private note = 0;
  /** Decimals of the current row's currency. */
  private exponent = 2;
  /** The current row as the fact's rules left it. */
  private checked: FactValues | undefined;

  constructor(private readonly plan: FieldPlan) {
    plan.sources.forEach((source, index) => this.indexOf.set(source.spec.name, index));
    this.values = plan.sources.map(() => null);
    const columns = plan.type.columns.map((column) => ({ column, index: this.indexOf.get(column.from) ?? -1 }));
    this.columnSources = columns.map(({ column, index }) => (column.derived ? column : index));
    this.judged = columns.flatMap(({ column, index }) =>
      column.stored !== undefined && column.derived !== 'major' ? [{ name: column.stored, column, index }] : [],
    );
    for (const name of Object.keys(plan.type.fact.fields)) this.given[name] = null;
    this.amount = plan.sources.find(({ spec }) => spec.kind === 'amount');
    this.order = plan.type.isGrouped && this.source(plan.type.idField ?? '');
  }

  /** The staged values in the order of the type's columns, or what is wrong with the row: every issue of it. */
  convert(raw: RawRow): StageValue[] | RowError[] {
    this.issues = [];
    this.note = 0;
    this.checked = undefined;
    if (raw.shape) {
      return [rowError(raw.row, null, new RowIssue('ROW_SHAPE', 'The row has more values than the header.'), null)];
    }
    const { sources } = this.plan;
    const isContinued = this.isContinued(raw);
    for (let index = 0; index < sources.length; index++) {
      this.values[index] = this.fieldValue(sources[index]!, raw, isContinued);
    }
    const minor = this.amountMinor(raw, isContinued);
    if (this.plan.areRowsNew && !this.issues.length) this.check(raw, minor);
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

  /** The rules of a saved row, on a row that is new. */
  private check(raw: RawRow, minor: number | null): void {
    const { type, importedAt } = this.plan;
    for (const { name, column, index } of this.judged) {
      const value = index < 0 ? null : (this.values[index] ?? null);
      this.given[name] = column.derived === 'minor' ? minor : factValue(column.kind, value);
    }
    const result = checkRow({ type, now: importedAt }, this.given, undefined);
    if ('issue' in result) {
      const source = this.source(result.spec.name)!;
      return this.report(raw, source, result.issue, cellOf(source, raw));
    }
    this.note |= result.note;
    this.checked = result.values;
  }

  private derived(column: StageColumn, minor: number | null, isContinued: boolean): StageValue {
    switch (column.derived) {
      case 'minor':
        return minor;
      case 'item':
        return this.item(minor);
      case 'note':
        return this.note || null;
      case 'given':
        return this.isGiven(isContinued) ? minor : null;
      case 'settled':
        return this.settled(column);
      case 'scale':
        return typeof this.value('currency') === 'string' ? scaleOf(this.exponent) : null;
      default:
        return minor === null ? null : minorToMajorText(minor, this.exponent);
    }
  }

  /** As the rules left it, or as the row gives it where they come later. */
  private settled(column: StageColumn): StageValue {
    if (this.checked) return stagedValueOf(column, this.checked[column.stored!]);
    return this.value(column.from);
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
