import type { Fact } from '../../facts/define';

/** How a cell becomes a value. `amount` is money and waits for the row's currency. */
export type FieldKind = 'id' | 'text' | 'instant' | 'currency' | 'amount' | 'decimal' | 'choice' | 'json';

/** A field that a client may map or default (contract 2.8). */
export interface FieldSpec {
  name: string;
  kind: FieldKind;
  /** The fact's field; none where the value becomes a part of another, as that of a line. */
  stored?: string;
  required?: boolean;
  /** UTF-16 units of a text, bytes of JSON. */
  maxLength: number;
  /** Of a `choice`, lower case. */
  choices?: readonly string[];
  /** Used where neither a cell nor the request's defaults give a value. */
  fallback?: string;
}

/** A value that no cell gives by itself: parts of an amount, of an order's line, what the fact's rules settle. */
type Derived = 'minor' | 'major' | 'scale' | 'item' | 'given' | 'note' | 'settled';

/** What a staged value is: text, milliseconds since 1970, a decimal text, an integer, JSON text. */
export type StageKind = 'string' | 'date' | 'number' | 'integer' | 'json';

/**
 * A value of a converted row, by position. Columns with `stored` are written to the class's field of
 * that name; the others (`business_id`, `customer_id`, `user_id`, parts of an order) are worked up.
 */
export interface StageColumn {
  name: string;
  kind: StageKind;
  stored?: string;
  /** The mappable field that the value comes from; an `update` writes only what was mapped. */
  from: string;
  derived?: Derived;
  /** The fact's rules have the last word on it, so an update writes it as they left it, mapped or not. */
  isSettled?: true;
}

export type StageValue = string | number | null;

/** Everything the machinery knows of one kind of business rows. */
export interface DataType {
  name: string;
  className: string;
  fact: Fact;
  fields: readonly FieldSpec[];
  columns: readonly StageColumn[];
  /** Field whose value identifies a row within its tenant; staged as `business_id`. */
  idField?: string;
  /** Stored name of the identifying field. */
  idStored?: string;
  /** Field sets that `key` may name; the first is the default. */
  keys: readonly (readonly string[])[];
  /** Rows of one business id are items of one stored row. */
  isGrouped?: true;
}

/** Minor units of a major one: 1, 100, 1000 or 10000. */
export function scaleOf(exponent: number): number {
  return 10 ** exponent;
}
