import { RowIssue, type RowErrorCode } from '../../convert/cell';
import { rowError, type RowError } from '../../convert/row-error';
import { stagedValue, type StagedRow } from '../staged-row';
import { bringsLines, lineIdOf } from './order-lines';
import type { OrderRequest } from './order';

type Refuse = (row: StagedRow, field: string, code: RowErrorCode, message: string) => void;

/** What is wrong with lines of an order that only all of its lines together show. */
export function faultsOf(request: OrderRequest): RowError[] {
  const { plan, rows } = request;
  const faults: RowError[] = [];
  const refuse: Refuse = (row, field, code, message) => {
    faults.push(rowError(row.row, columnOf(request, field), new RowIssue(code, message), shownOf(request, row, field)));
  };
  const isTotal = plan.amountIs === 'order';
  requireValues(request, isTotal, refuse);
  agree(request, 'currency', 'The order has another currency.', refuse);
  agree(request, 'customer_id', 'The order has another customer.', refuse);
  if (isTotal) {
    agree(
      request,
      'given_minor',
      'amount is the total of the order (amount_is), and other lines have another.',
      refuse,
    );
  }
  if (isTotal || !bringsLines(plan)) agree(request, 'status', 'The order has another status.', refuse);
  const lineIds = new Set<string>();
  for (const row of rows) {
    const id = lineIdOf(plan.type, row);
    if (id !== null && lineIds.has(id)) refuse(row, 'line_id', 'DUPLICATE_KEY', 'The order has this line before.');
    if (id !== null) lineIds.add(id);
  }
  return faults;
}

/** Every row of an order with a fault is refused: those without one for the sake of the others, which are named. */
export function holdBack(request: OrderRequest, faults: readonly RowError[]): RowError[] {
  const faulty = new Set(faults.map(({ row }) => row));
  const named = [...new Set([...request.refused, ...faulty])].sort((a, b) => a - b);
  const rest = named.length > 5 ? ` and ${named.length - 5} more` : '';
  const message = `Held back with its order: row ${named.slice(0, 5).join(', ')}${rest} was refused.`;
  const issue = new RowIssue('ORDER_CONFLICT', message);
  const column = columnOf(request, 'order_id');
  const held = request.rows.filter(({ row }) => !faulty.has(row));
  return [...faults, ...held.map(({ row }) => rowError(row, column, issue, request.id))].sort((a, b) => a.row - b.row);
}

/** The column of the file behind a field. */
export function columnOf({ plan }: Pick<OrderRequest, 'plan'>, field: string): string {
  const name = field.endsWith('_minor') ? 'amount' : field;
  return plan.sources.find((source) => source.spec.name === name)?.column ?? name;
}

function shownOf({ plan }: OrderRequest, row: StagedRow, field: string): string | number | null {
  if (field === 'line_id') return lineIdOf(plan.type, row);
  const value = stagedValue(plan.type, row, field);
  const isMinor = field.endsWith('_minor') && value !== null;
  return isMinor ? Number(value) / Number(stagedValue(plan.type, row, 'scale') ?? 1) : value;
}

/** What the reading left open: each line has its own values, or the order has them once. */
function requireValues({ plan, rows }: OrderRequest, isTotal: boolean, refuse: Refuse): void {
  for (const [field, column] of Object.entries(REQUIRED)) {
    const isRequired = plan.sources.some((source) => source.spec.name === field && source.isRequired);
    if (!isRequired || (field === 'currency' && plan.defaultCurrency !== null)) continue;
    const lacking = rows.filter((row) => stagedValue(plan.type, row, isTotal ? column.order : column.line) === null);
    const isMissing = isTotal ? lacking.length === rows.length : lacking.length > 0;
    if (!isMissing) continue;
    for (const row of isTotal ? lacking.slice(0, 1) : lacking) {
      refuse(row, field === 'amount' ? column.line : field, 'REQUIRED', `${field} is required.`);
    }
  }
}

const REQUIRED = {
  purchased_at: { line: 'purchased_at', order: 'purchased_at' },
  currency: { line: 'currency', order: 'currency' },
  amount: { line: 'amount_minor', order: 'given_minor' },
} as const;

/** An empty value is none, not another one. */
function agree({ plan, rows }: OrderRequest, field: string, message: string, refuse: Refuse): void {
  let first: unknown = null;
  for (const row of rows) {
    const value = stagedValue(plan.type, row, field);
    first ??= value;
    if (value !== null && value !== first) refuse(row, field, 'ORDER_CONFLICT', message);
  }
}
