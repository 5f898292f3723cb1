import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { removeLargeRows } from '../factories/large-data';
import { type Person } from '../factories/people';
import { api } from '../harness/app';
import { importFile, newImporter, PURCHASES, resultsOf, revenueOf } from './support/imports';

const DATA = path.resolve(process.env['DATASETS_DIR'] ?? '../shared/data');
const describeWithData = existsSync(path.join(DATA, 'cdnow.csv')) ? describe : describe.skip;

const peopleOf = async (token: string, window: string): Promise<unknown> => {
  const route = `/api/business/analytics/users?population=customers&${window}`;
  return (await api('GET', route, { token })).body;
};

/** Needs the files of DATASETS_DIR; skipped, visibly, where they are not. */
describeWithData('published data sets', () => {
  let tenantId: string;
  afterEach(() => removeLargeRows(tenantId));

  it('gives the figures of the CDNOW log as soon as the job is completed', async () => {
    const { token, tenantId: own } = await newImporter();
    tenantId = own;
    const options = { ...PURCHASES, mapping: { purchased_at: 'date' } };
    const job = await importFile(token, options, readFileSync(path.join(DATA, 'cdnow.csv')), 'cdnow.csv');
    expect(job).toMatchObject({ status: 'completed', progress: 100, error: null });
    expect(job.counts).toEqual({ read: 69659, inserted: 69659, updated: 0, skipped: 0, rejected: 0 });
    expect(await peopleOf(token, 'start_date=2021-02-01&end_date=2021-02-28')).toEqual({
      total_users: 16319,
      active_users: 9632,
      new_users: 8475,
      churned_users: 6181,
    });
    expect(await peopleOf(token, 'start_date=2021-04-01&end_date=2021-06-30')).toEqual({
      total_users: 23544,
      active_users: 5372,
      new_users: 0,
      churned_users: 18172,
    });
    expect(await revenueOf(token)).toBe(2500315.63);
    const page = await resultsOf(token, job.job_id, 'offset=69658&limit=10');
    expect(page).toMatchObject({ total: 69659, errors: { total: 0 } });
    expect(page.results).toHaveLength(1);
  }, 180_000);

  it('reconciles the Online Retail workbook to the cent', async () => {
    const { token, tenantId: own } = await newImporter();
    tenantId = own;
    const options = {
      data_type: 'purchases',
      mapping: {
        customer_id: 'CustomerID',
        purchased_at: 'InvoiceDate',
        quantity: 'Quantity',
        unit_price: 'UnitPrice',
        order_id: 'InvoiceNo',
        product_id: 'StockCode',
      },
      defaults: { currency: 'GBP' },
    };
    const file = readFileSync(path.join(DATA, 'online-retail-40k.xlsx'));
    const job = await importFile(token, options, file, 'online-retail-40k.xlsx');
    expect(job.status).toBe('completed');
    expect(job.counts.read).toBe(40000);
    expect(job.counts.inserted + job.counts.rejected).toBe(40000);
    const results = await resultsOf(token, job.job_id, 'limit=1000');
    // Every refused row is explained; here none is.
    expect(results.errors.total).toBe(job.counts.rejected);
    expect(results.total).toBe(13199);
    expect(await revenueOf(token)).toBe(706922.42);
    expect(await peopleOf(token, 'start_date=2011-12-01&end_date=2011-12-31')).toMatchObject({ total_users: 3621 });
  }, 180_000);
});

describe('orders', () => {
  let person: Person;
  beforeAll(async () => {
    person = await newImporter();
  });

  it('joins rows of one order into one purchase, dated by the earliest', async () => {
    const file = [
      'order_id,customer_id,purchased_at,product_id,quantity,unit_price',
      'A1,c1,2024-03-05,p1,2,1.005',
      'A2,c2,2024-03-06,p1,1,10',
      'A1,c1,2024-03-04,p2,1,0.5',
      ',c1,2024-03-07,p3,1,1',
      ',c1,2024-03-07,p3,1,1',
    ].join('\n');
    const job = await importFile(person.token, PURCHASES, file);
    expect(job.counts).toEqual({ read: 5, inserted: 5, updated: 0, skipped: 0, rejected: 0 });
    const { total, results } = await resultsOf(person.token, job.job_id);
    expect(total).toBe(4);
    const order = results.find((row) => row.order_id === 'A1');
    expect(order).toMatchObject({ total: 2.51, total_minor: 251, purchased_at: '2024-03-04T00:00:00.000Z' });
    expect(order!.items).toEqual([
      { product_id: 'p1', quantity: 2, unit_price: 1.005, amount: 2.01 },
      { product_id: 'p2', quantity: 1, unit_price: 0.5, amount: 0.5 },
    ]);
  });

  it('refuses an order whose rows have another customer or currency, wherever they are', async () => {
    const file = [
      'order_id,customer_id,purchased_at,amount,currency',
      'B1,c1,2024-04-01,10,USD',
      'B2,c1,2024-04-01,1,USD',
      'B1,c9,2024-04-01,20,USD',
      'B1,c1,2024-04-01,30,EUR',
      'B1,,2024-04-01,5,USD',
    ].join('\n');
    const job = await importFile(person.token, PURCHASES, file);
    expect(job.counts).toEqual({ read: 5, inserted: 1, updated: 0, skipped: 0, rejected: 4 });
    const { results, errors } = await resultsOf(person.token, job.job_id);
    expect(errors.items).toMatchObject([
      { row: 2, column: 'order_id', code: 'ORDER_CONFLICT', value: 'B1' },
      { row: 4, column: 'customer_id', code: 'ORDER_CONFLICT', value: 'c9' },
      { row: 5, column: 'currency', code: 'ORDER_CONFLICT', value: 'EUR' },
      { row: 6, column: 'order_id', code: 'ORDER_CONFLICT', value: 'B1' },
    ]);
    expect(results).toMatchObject([{ order_id: 'B2', total: 1 }]);
  });

  it('refuses an order that exists, and takes it with upsert or update', async () => {
    const { token } = await newImporter();
    const file = (amount: string) => `order_id,customer_id,purchased_at,amount\nO1,c1,2024-05-01,${amount}`;
    await importFile(token, PURCHASES, file('10'));
    const again = await importFile(token, PURCHASES, file('11'));
    expect(again.counts).toMatchObject({ inserted: 0, rejected: 1 });
    expect((await resultsOf(token, again.job_id)).errors.items[0]).toMatchObject({ row: 2, code: 'DUPLICATE_KEY' });
    expect(await revenueOf(token)).toBe(10);

    const both = `${file('12')}\nO2,c2,2024-05-02,100`;
    const upserted = await importFile(token, { ...PURCHASES, mode: 'upsert' }, both);
    expect(upserted.counts).toEqual({ read: 2, inserted: 1, updated: 1, skipped: 0, rejected: 0 });
    expect(await revenueOf(token)).toBe(112);

    const refund = 'order_id,status\nO2,refunded\nO3,refunded';
    const updated = await importFile(token, { data_type: 'purchases', mode: 'update', key: ['order_id'] }, refund);
    expect(updated.counts).toEqual({ read: 2, inserted: 0, updated: 1, skipped: 1, rejected: 0 });
    expect(await revenueOf(token)).toBe(12);
  });

  it('explains every refused row by line, column and code', async () => {
    const file = [
      'customer_id,purchased_at,amount,currency',
      'c1,2024-02-30,1,USD',
      'c1,2024-02-28,1e,USD',
      '',
      'c1,2024-02-28,1,XXX',
      ',2024-02-28,,USD',
      'c1,2024-02-28,0,JPY',
      'c1,2024-02-28,1,USD,extra',
    ].join('\n');
    const job = await importFile(person.token, { data_type: 'purchases' }, file);
    expect(job.counts).toEqual({ read: 6, inserted: 1, updated: 0, skipped: 0, rejected: 5 });
    const { errors } = await resultsOf(person.token, job.job_id);
    expect(errors.items.map(({ row, column, code }) => [row, column, code])).toEqual([
      [2, 'purchased_at', 'INVALID_DATE'],
      [3, 'amount', 'INVALID_NUMBER'],
      [5, 'currency', 'INVALID_CURRENCY'],
      [6, 'amount', 'REQUIRED'],
      [8, null, 'ROW_SHAPE'],
    ]);
  });
});
