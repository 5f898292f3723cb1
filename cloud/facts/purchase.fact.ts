import { defineFact, FactFault, maximumOf, type CheckContext, type FactField, type FactValues } from './define';
import { amountFault } from './amounts';

/** The first one is the default. */
export const PURCHASE_STATUSES = ['paid', 'pending', 'refunded', 'cancelled'] as const;

const MAX_ITEMS = 10_000;

/** Fields of one item; in files, columns of a line. */
export const ITEM_FIELDS = {
  quantity: { kind: 'number' },
  unit_price: { kind: 'number', doc: 'in major units' },
  line_id: {
    kind: 'id',
    doc: 'the line within its order, such as its number; without it lines are known by their product',
  },
  product_id: { kind: 'id' },
} as const satisfies Record<string, FactField>;

export const purchase = defineFact({
  className: 'Purchase',
  dataType: 'purchases',
  businessId: 'order_id',
  dateField: 'purchased_at',
  indexes: [{ fields: ['customer'] }],
  fields: {
    purchased_at: { kind: 'date', required: true, doc: 'an order is dated by its earliest line' },
    /** Major units, as the client sent it; `total_minor` is the integer that the figures add. */
    total: {
      kind: 'money',
      required: true,
      file: 'amount',
      doc: 'of the line or of its order (`amount_is`); `quantity` × `unit_price` stands in for it',
    },
    currency: { kind: 'currency', required: true },
    customer: { kind: 'person', target: 'Customer', doc: 'a new one makes a Customer, none an anonymous purchase' },
    order_id: { kind: 'id', doc: 'rows with the same one are lines of one order' },
    status: { kind: 'choice', choices: PURCHASE_STATUSES, byDefault: 'paid', doc: 'only `paid` is revenue' },
    channel: { kind: 'text', maximum: 200 },
    source: { kind: 'text', isUnfiled: true },
    /** [{line_id, product_id, quantity, unit_price, amount}], money in major units. */
    items: { kind: 'list', isUnfiled: true },
  },
  check: checkItems,
});

/** Items, each field optional. Lines of files are converted by the same fields, so they pass. */
function checkItems(values: FactValues, { isChanged }: CheckContext): FactValues | FactFault {
  const { items, currency } = values;
  if (items === null || !(isChanged('items') || isChanged('currency'))) return values;
  if (!Array.isArray(items) || items.length > MAX_ITEMS) {
    return new FactFault('items', 'invalid', `must be a list of at most ${MAX_ITEMS}`);
  }
  for (const item of items as unknown[]) {
    const fault = itemFault(item, String(currency));
    if (fault) return fault;
  }
  return values;
}

function itemFault(item: unknown, currency: string): FactFault | undefined {
  if (typeof item !== 'object' || item === null) {
    return new FactFault('items', 'wrong_type', 'must be a list of objects');
  }
  const given = item as Record<string, unknown>;
  for (const name of ['line_id', 'product_id'] as const) {
    const id = given[name] ?? undefined;
    const maximum = maximumOf(ITEM_FIELDS[name]);
    if (id !== undefined && !(typeof id === 'string' && id.length <= maximum)) {
      return new FactFault(`items.${name}`, 'invalid', `must be text of at most ${maximum} characters`);
    }
  }
  if (given.quantity !== undefined && given.quantity !== null && !Number.isFinite(given.quantity)) {
    return new FactFault('items.quantity', 'wrong_type', 'must be a finite number');
  }
  for (const name of ['unit_price', 'amount']) {
    const amount = given[name] ?? undefined;
    const fault = amount === undefined ? undefined : amountFault(`items.${name}`, amount, currency);
    if (fault) return fault;
  }
  return undefined;
}
