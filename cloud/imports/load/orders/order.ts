import type { FieldPlan } from '../../convert/mapping';
import type { ImportOptions } from '../../convert/options';
import type { RowError } from '../../convert/row-error';
import type { StagedRow } from '../staged-row';

/** What a purchase that is stored already says of itself. */
export interface StoredOrder {
  totalMinor: number;
  currency: string;
  status: string;
  items: readonly unknown[] | null;
  /** Milliseconds since 1970. */
  purchasedAt: number | null;
  /** The id by which files name the customer. */
  customerId: string | null;
}

/** The rows of one order in file order, and what is known of it besides. */
export interface OrderRequest {
  plan: FieldPlan;
  mode: ImportOptions['mode'];
  id: string;
  rows: readonly StagedRow[];
  /** Numbers of its rows that were refused before. */
  refused: readonly number[];
  stored?: StoredOrder | undefined;
}

/** The one purchase that the lines make; null leaves a stored value as it is. */
export interface OrderFields {
  totalMinor: number | null;
  /** Minor units of a major one. */
  scale: number;
  currency: string | null;
  status: string | null;
  items: readonly Record<string, unknown>[] | null;
  purchasedAt: number | null;
  channel: string | null;
  customerId: string | null;
  /** Lines were told from stored ones by their place alone. */
  isByPlace: boolean;
}

/** A line of an order, of the file or stored. */
export interface OrderLine {
  /** Row of the file; 0 for a stored one. */
  row: number;
  lineId: string | null;
  product: string | null;
  item: Readonly<Record<string, unknown>>;
  /** Null where it has no amount of its own. */
  minor: number | null;
  /** Null where the file does not say. */
  status: string | null;
}

/** Either everything of an order is stored, or each of its rows is refused. */
export type ResolvedOrder = { fields: OrderFields } | { errors: RowError[] };

/** What an order's rows disagree about, found while they are put together. */
export class OrderFault extends Error {
  constructor(
    readonly row: number,
    readonly field: string,
    readonly code: 'ORDER_CONFLICT' | 'INVALID_NUMBER',
    message: string,
  ) {
    super(message);
  }
}
