import { RowConverter } from '../../cloud/imports/convert/convert';
import { dataType } from '../../cloud/imports/convert/data-types';
import { planFields } from '../../cloud/imports/convert/mapping';
import { normalizeOptions } from '../../cloud/imports/convert/options';
import { resolveOrder } from '../../cloud/imports/load/orders/resolve-order';
import type { ResolvedOrder, StoredOrder } from '../../cloud/imports/load/orders/order';
import type { StagedRow } from '../../cloud/imports/load/staged-row';

const STORED: StoredOrder = {
  totalMinor: 1275,
  currency: 'USD',
  status: 'paid',
  items: [
    { product_id: 'lamp', amount: 10.5 },
    { product_id: 'ink', amount: 2.25 },
  ],
  purchasedAt: Date.UTC(2024, 0, 2),
  customerId: null,
};

/** What an update by these lines makes of a stored order. */
function changed(stored: StoredOrder, lines: readonly Record<string, unknown>[]): ResolvedOrder {
  const header = ['order_id', ...Object.keys(lines[0]!)];
  const options = normalizeOptions({ data_type: 'purchases', mode: 'update', amount_is: 'line' }, 'UTC');
  const plan = planFields(dataType('purchases'), options, header);
  const converter = new RowConverter(plan);
  const rows = lines.map((line, index): StagedRow => {
    const cells = ['o1', ...Object.values(line)] as string[];
    return { row: index + 1, values: converter.convert({ row: index + 1, cells }) as StagedRow['values'] };
  });
  return resolveOrder({ plan, mode: 'update', id: 'o1', rows, refused: [], stored });
}

describe('an update that gives a stored order another currency', () => {
  it('rounds the amounts of its lines to that, and adds these', () => {
    const result = changed(STORED, [
      { product_id: 'lamp', currency: 'JPY' },
      { product_id: 'ink', currency: 'JPY' },
    ]);
    expect(result).toMatchObject({
      fields: {
        currency: 'JPY',
        scale: 1,
        totalMinor: 13,
        items: [
          { product_id: 'lamp', amount: 11 },
          { product_id: 'ink', amount: 2 },
        ],
      },
    });
  });

  it('rounds its total where the file names no lines, and leaves the lines as they are', () => {
    const result = changed(STORED, [{ currency: 'JPY' }]);
    expect(result).toMatchObject({ fields: { currency: 'JPY', scale: 1, totalMinor: 13, items: null } });
  });

  it('is refused where an amount of a line is too large in that', () => {
    const items = [{ product_id: 'lamp', unit_price: 9e13 }];
    const result = changed({ ...STORED, items }, [{ currency: 'BHD' }]);
    expect(result).toMatchObject({ errors: [{ row: 1, column: 'amount', code: 'INVALID_NUMBER' }] });
  });

  it('takes all of its lines anew, whatever they were', () => {
    const stored: StoredOrder = { ...STORED, currency: 'JPY', totalMinor: 9e15, items: null };
    const result = changed(stored, [{ amount: '10', currency: 'USD' }]);
    expect(result).toMatchObject({ fields: { currency: 'USD', scale: 100, totalMinor: 1000 } });
  });

  it('is refused where lines stay that the file does not name', () => {
    const result = changed(STORED, [{ product_id: 'ink', currency: 'JPY' }]);
    expect(result).toMatchObject({ errors: [{ row: 1, column: 'currency', code: 'ORDER_CONFLICT' }] });
  });
});
