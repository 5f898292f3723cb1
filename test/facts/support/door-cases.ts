/** Values that go through both doors: what a row of a file says, by the names of files. */
export interface DoorCase {
  name: string;
  row: Record<string, unknown>;
  /** The row that is stored before, if this is a change of one. */
  before?: Record<string, unknown>;
  /** Field, and the codes of a refused save and of a refused row. */
  refused?: [field: string, code: string, rowCode: string];
  /** Of the stored row, by the fact's fields. */
  stored?: Record<string, unknown>;
}

const DAY = '2024-01-02T00:00:00.000Z';
const LATER = '2024-05-01T00:00:00.000Z';
const FUTURE = '2199-01-01T00:00:00.000Z';
const NOW = 'now';

type Row = Record<string, unknown>;
const varied =
  (base: Row) =>
  (name: string, changes: Row, rest: Omit<DoorCase, 'name' | 'row'> = {}): DoorCase => {
    const row = Object.fromEntries(Object.entries({ ...base, ...changes }).filter(([, value]) => value !== undefined));
    return { name, row, ...rest };
  };

/** A fact's money by its field in files and in the class. */
function amounts(one: ReturnType<typeof varied>, file: string, field: string): DoorCase[] {
  const minor = `${field}_minor`;
  return [
    one('rounded', { [file]: 1.005 }, { stored: { [field]: 1.01, [minor]: 101 } }),
    one('rounded down', { [file]: -1.005 }, { stored: { [field]: -1.01, [minor]: -101 } }),
    one('without decimals', { [file]: 100.5, currency: 'JPY' }, { stored: { [field]: 101, [minor]: 101 } }),
    one('three decimals', { [file]: 1.2345, currency: 'BHD' }, { stored: { [field]: 1.235, [minor]: 1235 } }),
    one('nothing', { [file]: 0 }, { stored: { [field]: 0, [minor]: 0 } }),
    one('a small currency', { currency: ' usd ' }, { stored: { currency: 'USD' } }),
    one('no amount', { [file]: undefined }, { refused: [field, 'missing', 'REQUIRED'] }),
    one('no number', { [file]: 'abc' }, { refused: [field, 'wrong_type', 'INVALID_NUMBER'] }),
    one('too large', { [file]: 1e20 }, { refused: [field, 'too_large', 'INVALID_NUMBER'] }),
    one('no currency', { currency: undefined }, { refused: ['currency', 'missing', 'REQUIRED'] }),
    one('no such currency', { currency: 'XXY' }, { refused: ['currency', 'not_allowed', 'INVALID_CURRENCY'] }),
    ...['XDR', 'XSU'].map((currency) =>
      one(currency, { currency }, { refused: ['currency', 'not_allowed', 'INVALID_CURRENCY'] }),
    ),
  ];
}

/** An amount that stays is one of the new currency. */
function currencies(
  one: (name: string, changes: Row, rest: Omit<DoorCase, 'name' | 'row'>) => DoorCase,
  before: Row,
  { file, field }: { file: string; field: string },
): DoorCase[] {
  const minor = `${field}_minor`;
  const stored = { ...before, [file]: 10.5, currency: 'USD' };
  return [
    one(
      'in a currency without decimals',
      { currency: 'JPY' },
      { before: stored, stored: { [field]: 11, [minor]: 11 } },
    ),
    one('in three decimals', { currency: 'BHD' }, { before: stored, stored: { [field]: 10.5, [minor]: 10_500 } }),
    one('in as many decimals', { currency: 'EUR' }, { before: stored, stored: { [field]: 10.5, [minor]: 1050 } }),
    one(
      'too large in three decimals',
      { currency: 'BHD' },
      { before: { ...stored, [file]: 9e13 }, refused: [field, 'too_large', 'INVALID_NUMBER'] },
    ),
  ];
}

function dates(one: ReturnType<typeof varied>, file: string, field = file): DoorCase[] {
  return [
    one('first year', { [file]: '1900-01-01T00:00:00.000Z' }, { stored: { [field]: '1900-01-01T00:00:00.000Z' } }),
    one('too early', { [file]: '1899-12-31T00:00:00.000Z' }, { refused: [field, 'not_allowed', 'INVALID_DATE'] }),
    one('no date', { [file]: 'yesterday' }, { refused: [field, 'wrong_type', 'INVALID_DATE'] }),
  ];
}

function texts(one: ReturnType<typeof varied>, name: string, maximum: number): DoorCase[] {
  return [
    one(`${name} as long as may be`, { [name]: 'x'.repeat(maximum) }),
    one(`${name} with spaces`, { [name]: '  web shop ' }, { stored: { [name]: 'web shop' } }),
    one(`${name} too long`, { [name]: 'x'.repeat(maximum + 1) }, { refused: [name, 'too_large', 'TOO_LONG'] }),
  ];
}

function choices(one: ReturnType<typeof varied>, name: string, choice: string): DoorCase[] {
  return [
    one(`${name} in capitals`, { [name]: choice.toUpperCase() }, { stored: { [name]: choice } }),
    one(`${name} unknown`, { [name]: 'no_such' }, { refused: [name, 'not_allowed', 'ROW_SHAPE'] }),
  ];
}

const purchase = varied({ purchased_at: DAY, amount: 10, currency: 'USD' });
const SUBSCRIPTION = { plan: 'pro', amount: 10, currency: 'USD', started_at: DAY };
const subscription = varied(SUBSCRIPTION);
/** A file that brings amounts brings the currency in each row. */
const change = varied({ currency: 'USD' });
const productChange = varied({});
const ENDED = { ...SUBSCRIPTION, cancelled_at: LATER };
const event = varied({ event_type: 'view', timestamp: DAY });
const customer = varied({ name: 'Ada' });
const product = varied({ title: 'Lamp' });
const PRICED = { title: 'Lamp', price: 5, currency: 'USD' };
const LONG_ID = 'x'.repeat(201);
let days = 0;
/** Costs have no id: each case has a day of its own. */
const cost = (name: string, changes: Row, rest: Omit<DoorCase, 'name' | 'row'> = {}): DoorCase => {
  days += 1;
  return varied({ date: new Date(Date.UTC(2024, 0, days)).toISOString(), amount: 3, currency: 'USD' })(
    name,
    changes,
    rest,
  );
};

/** Of the cost of a day, in a file without amounts. */
const costChange = (name: string, changes: Row, { before, ...rest }: Omit<DoorCase, 'name' | 'row'>): DoorCase => {
  const { row } = cost(name, { kind: 'other', amount: undefined, ...changes });
  const { date, kind } = row;
  return { name, row, before: { ...before, date, kind }, ...rest };
};

export const CASES: Readonly<Record<string, readonly DoorCase[]>> = {
  purchases: [
    purchase('plain', {}, { stored: { status: 'paid', total: 10, total_minor: 1000, purchased_at: DAY } }),
    purchase('undated', { purchased_at: undefined }, { refused: ['purchased_at', 'missing', 'REQUIRED'] }),
    purchase('long id', { order_id: LONG_ID }, { refused: ['order_id', 'too_large', 'TOO_LONG'] }),
    ...amounts(purchase, 'amount', 'total'),
    ...dates(purchase, 'purchased_at'),
    ...texts(purchase, 'channel', 200),
    ...choices(purchase, 'status', 'refunded'),
    ...currencies(varied({}), { purchased_at: DAY }, { file: 'amount', field: 'total' }),
    varied({})(
      'refunded in another currency',
      { currency: 'JPY', status: 'refunded' },
      {
        before: { purchased_at: DAY, amount: 10.5, currency: 'USD' },
        stored: { status: 'refunded', total: 11, total_minor: 11 },
      },
    ),
  ],
  customers: [
    customer('plain', { created_at: DAY }, { stored: { registered_at: DAY } }),
    customer('long id', { customer_id: LONG_ID }, { refused: ['external_id', 'too_large', 'TOO_LONG'] }),
    ...dates(customer, 'created_at', 'registered_at'),
    ...texts(customer, 'name', 1_000),
    ...texts(customer, 'email', 320),
    ...texts(customer, 'phone', 64),
  ],
  events: [
    event('plain', { properties: { level: 3 } }, { stored: { properties: { level: 3 } } }),
    event('no type', { event_type: undefined }, { refused: ['event_type', 'missing', 'REQUIRED'] }),
    event('a blank type', { event_type: '  ' }, { refused: ['event_type', 'missing', 'REQUIRED'] }),
    event('long id', { event_id: LONG_ID }, { refused: ['event_id', 'too_large', 'TOO_LONG'] }),
    event('properties as text', { properties: 'x' }, { refused: ['properties', 'wrong_type', 'ROW_SHAPE'] }),
    event(
      'large properties',
      { properties: { a: 'ä'.repeat(50_000) } },
      { refused: ['properties', 'too_large', 'TOO_LONG'] },
    ),
    ...dates(event, 'timestamp'),
    ...texts(event, 'event_type', 200),
  ],
  costs: [
    cost('plain', {}, { stored: { kind: 'other', amount: 3, amount_minor: 300 } }),
    cost('undated', { date: undefined }, { refused: ['date', 'missing', 'REQUIRED'] }),
    ...amounts(cost, 'amount', 'amount'),
    ...dates(cost, 'date'),
    ...choices(cost, 'kind', 'acquisition'),
    ...currencies(costChange, {}, { file: 'amount', field: 'amount' }),
  ],
  products: [
    product('plain', {}),
    product('priced', { price: 2.5, currency: 'eur' }, { stored: { price: 2.5, currency: 'EUR' } }),
    product('long id', { product_id: LONG_ID }, { refused: ['external_id', 'too_large', 'TOO_LONG'] }),
    product('price without currency', { price: 2.5 }, { refused: ['currency', 'missing', 'REQUIRED'] }),
    product('currency without price', { currency: 'EUR' }, { stored: { currency: 'EUR', price: null } }),
    product('XDR', { price: 1, currency: 'XDR' }, { refused: ['currency', 'not_allowed', 'INVALID_CURRENCY'] }),
    product('too dear', { price: 1e20, currency: 'USD' }, { refused: ['price', 'too_large', 'INVALID_NUMBER'] }),
    product('no number', { price: 'abc', currency: 'USD' }, { refused: ['price', 'wrong_type', 'INVALID_NUMBER'] }),
    ...texts(product, 'title', 1_000),
    productChange(
      'a new price',
      { price: 7 },
      { before: PRICED, stored: { price: 7, currency: 'USD', title: 'Lamp' } },
    ),
    productChange(
      'a first price',
      { price: 7 },
      { before: { title: 'Lamp' }, refused: ['currency', 'missing', 'REQUIRED'] },
    ),
    productChange('another title', { title: 'Ink' }, { before: PRICED, stored: { price: 5, title: 'Ink' } }),
  ],
  subscriptions: [
    subscription('plain', {}, { stored: { interval: 'month', status: 'active', amount_minor: 1000 } }),
    subscription('no plan', { plan: undefined }, { refused: ['plan', 'missing', 'REQUIRED'] }),
    subscription('undated', { started_at: undefined }, { refused: ['started_at', 'missing', 'REQUIRED'] }),
    subscription('long id', { subscription_id: LONG_ID }, { refused: ['subscription_id', 'too_large', 'TOO_LONG'] }),
    ...amounts(subscription, 'amount', 'amount'),
    ...dates(subscription, 'started_at'),
    ...texts(subscription, 'plan', 200),
    ...choices(subscription, 'status', 'past_due'),
    ...choices(subscription, 'interval', 'quarter'),
    subscription('over', { cancelled_at: LATER }, { stored: { status: 'cancelled' } }),
    subscription('ending', { cancelled_at: FUTURE }, { stored: { status: 'active', cancelled_at: FUTURE } }),
    subscription('ends at its start', { cancelled_at: DAY }, { stored: { status: 'cancelled' } }),
    subscription(
      'ends before its start',
      { cancelled_at: '2024-01-01T00:00:00.000Z' },
      { refused: ['cancelled_at', 'too_small', 'INVALID_DATE'] },
    ),
    subscription('cancelled', { status: 'cancelled' }, { stored: { cancelled_at: NOW } }),
    subscription(
      'cancelled before it starts',
      { started_at: FUTURE, status: 'cancelled' },
      { stored: { cancelled_at: FUTURE } },
    ),
    subscription('on trial', { trial_ends_at: FUTURE }, { stored: { status: 'trialing' } }),
    subscription('on trial for ever', { status: 'trialing' }, { stored: { versions: [{ annual_minor: 0 }] } }),
    subscription(
      'a year too large',
      { amount: 9e12, interval: 'day' },
      { refused: ['amount', 'too_large', 'INVALID_NUMBER'] },
    ),
    ...currencies(change, { ...SUBSCRIPTION, interval: 'year' }, { file: 'amount', field: 'amount' }),
    change('the same', { plan: 'pro' }, { before: SUBSCRIPTION }),
    change(
      'another price',
      { amount: 20, currency: 'USD' },
      {
        before: { ...SUBSCRIPTION, interval: 'year' },
        stored: { versions: [{ annual_minor: 1000 }, { from: NOW, annual_minor: 2000 }] },
      },
    ),
    change(
      'another price before it starts',
      { amount: 20, currency: 'USD' },
      { before: { ...SUBSCRIPTION, started_at: FUTURE } },
    ),
    change('a later start', { started_at: LATER }, { before: SUBSCRIPTION, stored: { versions: [{ from: LATER }] } }),
    change('now cancelled', { status: 'cancelled' }, { before: SUBSCRIPTION, stored: { cancelled_at: NOW } }),
    change('still cancelled', { status: 'cancelled' }, { before: ENDED, stored: { cancelled_at: LATER } }),
    change(
      'taken up again',
      { status: 'active' },
      {
        before: ENDED,
        stored: {
          status: 'active',
          cancelled_at: null,
          versions: [{ annual_minor: 12_000 }, { from: LATER, annual_minor: 0 }, { from: NOW, annual_minor: 12_000 }],
        },
      },
    ),
    change(
      'ends before its stored start',
      { cancelled_at: '2023-01-01T00:00:00.000Z' },
      { before: SUBSCRIPTION, refused: ['cancelled_at', 'too_small', 'INVALID_DATE'] },
    ),
    change('a dated end', { cancelled_at: LATER }, { before: SUBSCRIPTION }),
  ],
};
