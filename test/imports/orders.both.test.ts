import { api } from '../harness/app';
import { importFile, newImporter, PURCHASES, resultsOf, revenueOf } from './support/imports';

const HEADER = 'order_id,line_id,purchased_at,amount,customer_id,status';
const UPSERT = { ...PURCHASES, mode: 'upsert', key: ['order_id'] };
const rows = (...lines: string[]): string => [HEADER, ...lines].join('\n');
const codesOf = ({ errors }: Awaited<ReturnType<typeof resultsOf>>) => errors.items.map(({ row, code }) => [row, code]);

/** Imports, and answers what became of the tenant. */
async function tell(token: string, options: object, file: string) {
  const job = await importFile(token, options, file);
  return { ...job, ...(await resultsOf(token, job.job_id)), revenue: await revenueOf(token) };
}

describe('an order of which a line is refused', () => {
  it('is held back whole, names its lines, and is right once the file is repaired', async () => {
    const { token } = await newImporter();
    const file = (amount: string) =>
      rows(
        'A,1,2025-01-10,10,a,',
        'B,1,2025-01-10,1,b,',
        `A,2,2025-01-10,${amount},a,`,
        'C,1,2025-01-10,2,c,',
        ',,2025-01-10,3,c,',
      );
    const first = await tell(token, PURCHASES, file('five'));
    expect(first.counts).toEqual({ read: 5, inserted: 3, updated: 0, skipped: 0, rejected: 2 });
    expect(codesOf(first)).toEqual([
      [2, 'ORDER_CONFLICT'],
      [4, 'INVALID_NUMBER'],
    ]);
    expect(first.errors.items[0]).toMatchObject({
      column: 'order_id',
      value: 'A',
      message: expect.stringMatching(/row 4/),
    });
    expect(first.revenue).toBe(6);
    const repaired = await tell(token, UPSERT, file('5'));
    expect(codesOf(repaired)).toEqual([[6, 'REQUIRED']]); // A row without an order id is none to change.
    expect(repaired.revenue).toBe(21);
  });

  it('is held back across everything that is read at once', async () => {
    const { token } = await newImporter();
    const between = Array.from({ length: 2_500 }, (_line, index) => `o${index},1,2025-01-10,1,c,`);
    const job = await tell(token, PURCHASES, rows('A,1,2025-01-10,10,a,', ...between, 'A,2,2025-02-31,5,a,'));
    expect(job.counts).toMatchObject({ read: 2_502, inserted: 2_500, rejected: 2 });
    expect(codesOf(job)).toEqual([
      [2, 'ORDER_CONFLICT'],
      [2_503, 'INVALID_DATE'],
    ]);
    expect(job.revenue).toBe(2_500);
  });

  it('is held back by a line with too many values, another customer, or an id that came before', async () => {
    const { token } = await newImporter();
    const job = await tell(
      token,
      PURCHASES,
      rows(
        'A,1,2025-01-10,10,a,',
        'A,2,2025-01-10,10,a,,more',
        'B,1,2025-01-10,10,a,',
        'B,2,2025-01-10,10,b,',
        'C,1,2025-01-10,10,a,',
        'C,1,2025-01-10,10,a,',
        'D,1,2025-01-10,1,a,',
      ),
    );
    expect(codesOf(job)).toEqual([
      [2, 'ORDER_CONFLICT'],
      [3, 'ROW_SHAPE'],
      [4, 'ORDER_CONFLICT'],
      [5, 'ORDER_CONFLICT'],
      [6, 'ORDER_CONFLICT'],
      [7, 'DUPLICATE_KEY'],
    ]);
    expect([job.counts.inserted, job.revenue]).toEqual([1, 1]);
  });
});

describe('lines of a stored order', () => {
  const stored = async (...lines: string[]) => {
    const { token } = await newImporter();
    await importFile(token, PURCHASES, rows(...lines));
    return token;
  };

  it('are added by a later file, and never twice', async () => {
    const token = await stored('A,1,2025-01-10,10,a,');
    const later = rows('A,2,2025-02-11,5,a,');
    for (let time = 0; time < 2; time++) {
      const job = await tell(token, UPSERT, later);
      expect(job.counts).toEqual({ read: 1, inserted: 0, updated: 1, skipped: 0, rejected: 0 });
      expect(job.revenue).toBe(15);
      expect(job.results).toMatchObject([{ order_id: 'A', total: 15, purchased_at: '2025-01-10T00:00:00.000Z' }]);
      expect(job.results[0]!.items).toEqual([
        { line_id: '1', amount: 10 },
        { line_id: '2', amount: 5 },
      ]);
    }
    expect((await tell(token, UPSERT, rows('A,1,2025-01-10,11,a,'))).revenue).toBe(16);
    expect((await tell(token, PURCHASES, later)).errors.items).toMatchObject([{ row: 2, code: 'DUPLICATE_KEY' }]);
  });

  it('are known by their product where they have no id, as often as it occurs', async () => {
    const { token } = await newImporter();
    const file = (...lines: string[]) => ['order_id,purchased_at,amount,product_id', ...lines].join('\n');
    const first = file('A,2025-01-10,10,tea', 'A,2025-01-10,10,tea', 'A,2025-01-10,3,ink');
    expect((await tell(token, PURCHASES, first)).revenue).toBe(23);
    expect((await tell(token, UPSERT, first)).revenue).toBe(23);
    expect((await tell(token, UPSERT, file('A,2025-01-10,4,ink', 'A,2025-01-10,2,pen'))).revenue).toBe(26);
    const half = await tell(token, UPSERT, file('A,2025-01-10,9,tea'));
    expect([codesOf(half), half.revenue]).toEqual([[[2, 'ORDER_CONFLICT']], 26]);
  });

  it('are refused where nobody could tell which ones they are', async () => {
    const token = await stored('A,,2025-01-10,10,a,', 'A,,2025-01-10,5,a,');
    const fewer = await tell(token, UPSERT, rows('A,,2025-01-10,6,a,'));
    expect([codesOf(fewer), fewer.revenue]).toEqual([[[2, 'ORDER_CONFLICT']], 15]);
    const named = await tell(token, UPSERT, rows('A,3,2025-01-10,6,a,'));
    expect([codesOf(named), named.revenue]).toEqual([[[2, 'ORDER_CONFLICT']], 15]);
    const whole = await tell(token, UPSERT, rows('A,,2025-01-10,10,a,', 'A,,2025-01-10,6,a,', 'A,,2025-01-10,1,a,'));
    expect([whole.errors.total, whole.revenue]).toEqual([0, 17]);
  });

  it('do not mix currencies or customers, unless the file has all of them', async () => {
    const token = await stored('A,1,2025-01-10,10,a,', 'A,2,2025-01-10,5,a,');
    const euros = { ...UPSERT, defaults: { currency: 'EUR' } };
    expect(codesOf(await tell(token, euros, rows('A,3,2025-01-10,1,a,')))).toEqual([[2, 'ORDER_CONFLICT']]);
    expect(codesOf(await tell(token, UPSERT, rows('A,3,2025-01-10,1,b,')))).toEqual([[2, 'ORDER_CONFLICT']]);
    const whole = await tell(token, euros, rows('A,1,2025-01-12,10,b,', 'A,2,2025-01-11,7,b,'));
    expect(whole.results).toMatchObject([{ total: 17, currency: 'EUR', purchased_at: '2025-01-11T00:00:00.000Z' }]);
  });
});

describe('lines of one order with different status', () => {
  it('count by their own', async () => {
    const { token } = await newImporter();
    const file = rows(
      'M1,1,2025-01-10,5,d,paid',
      'M1,2,2025-01-10,5,d,refunded',
      'M2,1,2025-01-11,4,e,refunded',
      'M2,2,2025-01-11,3,e,paid',
      'M3,1,2025-01-11,9,e,cancelled',
    );
    const job = await tell(token, PURCHASES, file);
    expect([job.errors.total, job.revenue]).toEqual([0, 8]);
    const order = (id: string) => job.results.find((row) => row.order_id === id);
    expect(order('M2')).toMatchObject({ total: 3, total_minor: 300, status: 'paid' });
    expect(order('M2')!.items).toEqual([
      { line_id: '1', amount: 4, status: 'refunded' },
      { line_id: '2', amount: 3 },
    ]);
    expect(order('M3')).toMatchObject({ total: 9, status: 'cancelled' });
    const update = { data_type: 'purchases', mode: 'update', key: ['order_id'] };
    expect((await tell(token, update, 'order_id,line_id,status\nM2,2,refunded\nM1,2,paid')).revenue).toBe(10);
    expect((await tell(token, update, 'order_id,status\nM1,refunded')).revenue).toBe(0);
  });

  it('that are gone are no products sold', async () => {
    const { token } = await newImporter();
    const file = 'order_id,purchased_at,amount,product_id,status\nA,2025-01-10,5,tea,paid\nA,2025-01-10,2,ink,refunded';
    await importFile(token, PURCHASES, file);
    const route = '/api/business/analytics/revenue?group_by=product&start_date=2025-01-01&end_date=2025-01-31';
    const { body } = await api('GET', route, { token });
    expect(body.groups).toEqual([{ key: 'tea', total_revenue: 5 }]);
  });
});
