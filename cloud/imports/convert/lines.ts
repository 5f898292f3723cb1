import type { FactField } from '../../facts/define';
import { ITEM_FIELDS } from '../../facts/purchase.fact';
import type { StageColumn } from './data-type';
import { NOTE_COLUMN } from './note';

/** What files say of the lines of a fact that has some: several rows then make one. */
export interface Lines {
  /** Fields of a line, by the field of the fact that they stand behind. */
  fieldsAfter: Readonly<Record<string, Readonly<Record<string, FactField>>>>;
  /** Parts of an order: put together by load/orders. */
  columns: readonly StageColumn[];
}

const { quantity, unit_price, line_id, product_id } = ITEM_FIELDS;

export const LINES: Readonly<Record<string, Lines>> = {
  Purchase: {
    fieldsAfter: { total: { quantity, unit_price }, order_id: { line_id, product_id } },
    columns: [
      { name: 'business_id', kind: 'string', from: 'order_id' },
      { name: 'customer_id', kind: 'string', from: 'customer_id' },
      { name: 'purchased_at', kind: 'date', from: 'purchased_at' },
      { name: 'amount_minor', kind: 'integer', from: 'amount', derived: 'minor' },
      { name: 'scale', kind: 'integer', from: 'currency', derived: 'scale' },
      { name: 'currency', kind: 'string', from: 'currency' },
      { name: 'status', kind: 'string', from: 'status' },
      { name: 'channel', kind: 'string', from: 'channel' },
      { name: 'item', kind: 'json', from: 'amount', derived: 'item' },
      { name: 'given_minor', kind: 'integer', from: 'amount', derived: 'given' },
      { name: NOTE_COLUMN, kind: 'integer', from: 'amount', derived: 'note' },
    ],
  },
};
