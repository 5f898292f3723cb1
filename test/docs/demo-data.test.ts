import { demoData } from '../../cloud/demo/demo-data';

const rows = (text: string): string[][] =>
  text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));

describe('the demo data', () => {
  const anchor = '2026-03-15';
  const data = demoData(anchor);

  it('is the same for the same day', () => {
    expect(demoData(anchor)).toEqual(data);
  });

  it('has about 12,000 orders of about 3,000 customers in the 18 months before the day', () => {
    const purchases = rows(data.purchases);
    const orders = new Set(purchases.map((row) => row[1])).size;
    expect(orders).toBeGreaterThan(9_000);
    expect(orders).toBeLessThan(15_000);
    const days = purchases.map((row) => row[0]!.slice(0, 10)).sort();
    expect(days.at(-1)).toBe(anchor);
    expect(days[0]! >= '2024-09-14').toBe(true);
  });

  it('gives one customer and one currency to each order', () => {
    const seen = new Map<string, string>();
    for (const row of rows(data.purchases)) {
      const owner = `${row[0]} ${row[2]} ${row[6]}`;
      expect(seen.get(row[1]!) ?? owner).toBe(owner);
      seen.set(row[1]!, owner);
    }
  });

  it('has sales, starts and ends of subscriptions, and costs in the last 30 days', () => {
    const since = '2026-02-14';
    expect(rows(data.purchases).filter((row) => row[0]! >= since && row[7] === 'paid').length).toBeGreaterThan(100);
    expect(rows(data.subscriptions).filter((row) => row[6]! >= since).length).toBeGreaterThan(5);
    expect(rows(data.subscriptions).filter((row) => row[8]! >= since).length).toBeGreaterThan(5);
    expect(rows(data.costs).filter((row) => row[0]! >= since && row[3] === 'acquisition')).toHaveLength(30);
  });

  it('ends no subscription before it begins', () => {
    for (const row of rows(data.subscriptions)) if (row[8]) expect(row[8] > row[6]!).toBe(true);
  });
});
