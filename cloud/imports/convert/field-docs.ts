/**
 * What each field of a data type holds, for docs/imports.md and the API page. Pure text: contracts import it. That it
 * names every field of plan/data-types.ts, a test says. `*` marks what is required.
 */
export const FIELD_DOCS = {
  purchases: {
    purchased_at: '* date or instant; an order is dated by its earliest line',
    amount:
      '* decimal in major units, of the line or of its order (`amount_is`); `quantity` × `unit_price` stands in for it',
    quantity: 'decimal',
    unit_price: 'decimal in major units',
    currency: '* ISO 4217 code',
    customer_id: 'text of at most 200; a new one makes a Customer, none an anonymous purchase',
    order_id: 'text of at most 200; rows with the same one are lines of one order',
    line_id:
      'text of at most 200: the line within its order, such as its number; without it lines are known by their product',
    product_id: 'text of at most 200',
    status: '`paid` (default), `pending`, `refunded` or `cancelled`; only `paid` is revenue',
    channel: 'text of at most 200',
  },
  customers: {
    customer_id: '* text of at most 200, one row each',
    name: 'text of at most 1,000',
    email: 'text of at most 320',
    phone: 'text of at most 64',
    created_at: 'date or instant: the start of the customer, unless a purchase or subscription is earlier',
  },
  events: {
    event_type: '* text of at most 200',
    timestamp: '* date or instant',
    user_id: 'id of a user of the tenant; an unknown one is refused',
    customer_id: 'text of at most 200; a new one makes a Customer',
    event_id: 'text of at most 200, one row each',
    properties: 'a JSON object as text of at most 100,000; no keys with `$` or `.`',
  },
  subscriptions: {
    customer_id: '* text of at most 200; a new one makes a Customer',
    plan: '* text of at most 200',
    amount: '* decimal in major units for one interval',
    currency: '* ISO 4217 code',
    interval: '`day`, `week`, `month` (default), `quarter` or `year`',
    started_at: '* date or instant',
    cancelled_at: 'date or instant, not before `started_at`',
    trial_ends_at: 'date or instant; until then it is no recurring revenue',
    status: '`active`, `trialing`, `past_due` or `cancelled`',
    subscription_id: 'text of at most 200, one row each',
  },
  costs: {
    date: '* date or instant',
    amount: '* decimal in major units',
    currency: '* ISO 4217 code',
    kind: '`other` (default) or `acquisition`',
  },
  products: {
    product_id: '* text of at most 200, one row each',
    title: 'text of at most 1,000',
    price: 'decimal in major units',
    currency: 'ISO 4217 code',
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>;

/** All data types with their fields as Markdown, a list item each. */
export function fieldList(): string {
  return Object.entries(FIELD_DOCS)
    .map(([type, fields]) => {
      const named = Object.entries(fields).map(([name, text]) =>
        text.startsWith('* ') ? `\`${name}\`* (${text.slice(2)})` : `\`${name}\` (${text})`,
      );
      return `- **${type}**: ${named.join('; ')}`;
    })
    .join('\n');
}
