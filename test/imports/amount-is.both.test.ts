import { importFile, newImporter, resultsOf, revenueOf, sendFile } from './support/imports';

const WOO = {
  data_type: 'purchases',
  mapping: { order_id: 'Order Number', purchased_at: 'Order Date', amount: 'Order Total Amount', product_id: 'SKU' },
  defaults: { currency: 'USD' },
};
const WOO_FILE = [
  'Order Number,Order Date,Order Total Amount,SKU,Quantity,Item Cost',
  '1001,2025-01-10,30,tea,1,10',
  '1001,2025-01-10,30,ink,1,12',
  '1001,2025-01-10,30,pen,1,5',
  '1002,2025-01-11,8,tea,1,8',
].join('\n');

const SHOPIFY = {
  data_type: 'purchases',
  mapping: {
    order_id: 'Name',
    customer_id: 'Email',
    status: 'Financial Status',
    purchased_at: 'Created at',
    currency: 'Currency',
    amount: 'Total',
    quantity: 'Lineitem quantity',
    unit_price: 'Lineitem price',
    product_id: 'Lineitem sku',
  },
};
const SHOPIFY_FILE = [
  'Name,Email,Financial Status,Currency,Subtotal,Shipping,Taxes,Total,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku',
  '#1,a@example.com,paid,EUR,27.00,3.00,0.00,30.00,2025-01-10 10:00:00 +0100,1,Tea,10.00,tea',
  '#1,a@example.com,,,,,,,2025-01-10 10:00:00 +0100,1,Ink,12.00,ink',
  '#1,a@example.com,,,,,,,2025-01-10 10:00:00 +0100,1,Pen,5.00,pen',
  '#2,b@example.com,refunded,EUR,8.00,0.00,0.00,8.00,2025-01-11 10:00:00 +0100,1,Tea,8.00,tea',
  '#2,b@example.com,,,,,,,2025-01-11 10:00:00 +0100,2,Ink,0.00,ink',
].join('\n');

const generic = (...lines: string[]) => ['order_id,purchased_at,amount,product_id', ...lines].join('\n');
const GENERIC = { data_type: 'purchases', defaults: { currency: 'USD' } };

async function tell(options: object, file: string) {
  const { token } = await newImporter();
  const job: any = await importFile(token, options, file);
  return { job, ...(await resultsOf(token, job.job_id)), revenue: await revenueOf(token) };
}

describe('the total of an order on each of its lines', () => {
  it('is counted once where the column says so, and the job tells', async () => {
    const told = await tell(WOO, WOO_FILE);
    expect(told.job.counts).toMatchObject({ inserted: 4, rejected: 0 });
    expect(told.revenue).toBe(38);
    expect(told.job.amount_is).toEqual({ used: 'order', reason: expect.stringContaining('Order Total Amount') });
    const order = told.results.find((row) => row.order_id === '1001')!;
    expect(order).toMatchObject({ total: 30, total_minor: 3000 });
    expect(order.items).toEqual([{ product_id: 'tea' }, { product_id: 'ink' }, { product_id: 'pen' }]);
  });

  it('is counted once where it stands on the first line only, the rest of it blank', async () => {
    const told = await tell(SHOPIFY, SHOPIFY_FILE);
    expect(told.errors).toEqual({ total: 0, items: [] });
    expect(told.revenue).toBe(30);
    expect(told.job.amount_is.used).toBe('order');
    expect(told.results.map(({ order_id, total, status, currency }) => [order_id, total, status, currency])).toEqual([
      ['#1', 30, 'paid', 'EUR'],
      ['#2', 8, 'refunded', 'EUR'],
    ]);
    expect(told.results[0]!.items).toHaveLength(3);
  });

  it('is recognised by what the orders hold, with a warning', async () => {
    const file = generic('A,2025-01-10,30,tea', 'A,2025-01-10,30,ink', 'B,2025-01-10,8,tea', 'B,2025-01-10,8,pen');
    const told = await tell(GENERIC, file);
    expect(told.revenue).toBe(38);
    expect(told.job.amount_is.used).toBe('order');
    expect(told.job.warnings).toMatchObject([{ code: 'AMOUNT_IS_ORDER' }]);
    expect((await tell({ ...GENERIC, amount_is: 'line' }, file)).revenue).toBe(76);
  });

  it('is added up where nothing tells, with a warning, and once when asked', async () => {
    const file = generic('A,2025-01-10,30,tea', 'A,2025-01-10,30,ink');
    const told = await tell(GENERIC, file);
    expect([told.revenue, told.job.amount_is.used]).toEqual([60, 'line']);
    expect(told.job.warnings).toMatchObject([
      { code: 'AMOUNT_AMBIGUOUS', message: expect.stringContaining('amount_is') },
    ]);
    const asked = await tell({ ...GENERIC, amount_is: 'order' }, file);
    expect([asked.revenue, asked.job.warnings]).toEqual([30, []]);
  });

  it('that differs between the lines of an order holds it back', async () => {
    const file = generic('A,2025-01-10,30,tea', 'A,2025-01-10,31,ink', 'B,2025-01-10,8,tea');
    const told = await tell({ ...GENERIC, amount_is: 'order' }, file);
    expect(told.errors.items.map(({ row, code }) => [row, code])).toEqual([
      [2, 'ORDER_CONFLICT'],
      [3, 'ORDER_CONFLICT'],
    ]);
    expect(told.revenue).toBe(8);
  });
});

it('amounts of lines are added up, with a word why', async () => {
  const told = await tell(GENERIC, generic('A,2025-01-10,30,tea', 'A,2025-01-10,8,ink'));
  expect([told.revenue, told.job.amount_is.used, told.job.warnings]).toEqual([38, 'line', []]);
});

it('a line without an amount is refused where no total could stand for it', async () => {
  const told = await tell(GENERIC, generic('A,2025-01-10,30,tea', 'A,2025-01-10,,ink', 'B,2025-01-10,8,'));
  expect(told.errors.items.map(({ row, column, code }) => [row, column, code])).toEqual([
    [2, 'order_id', 'ORDER_CONFLICT'],
    [3, 'amount', 'REQUIRED'],
  ]);
  expect(told.revenue).toBe(8);
});

it('a preview reads amounts as the job does', async () => {
  const { token } = await newImporter();
  const { body } = await sendFile(token, { ...SHOPIFY, preview: 10 }, SHOPIFY_FILE);
  expect(body.amount_is.used).toBe('order');
  expect(body.rows).toMatchObject([
    { order_id: '#1', total: 30 },
    { order_id: '#2', status: 'refunded' },
  ]);
});
