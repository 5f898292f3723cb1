import { amountFault } from './amounts';
import { defineFact, FactFault, type CheckContext, type FactValues } from './define';

export const product = defineFact({
  className: 'Product',
  dataType: 'products',
  businessId: 'external_id',
  fields: {
    external_id: { kind: 'id', file: 'product_id', required: true },
    title: { kind: 'text' },
    sku: { kind: 'text', isUnfiled: true },
    price: { kind: 'number', isReadByRules: true, doc: 'in major units, not without `currency`' },
    currency: { kind: 'currency' },
    cost: { kind: 'number', isUnfiled: true },
    stock: { kind: 'number', isUnfiled: true },
    attributes: { kind: 'json', isUnfiled: true },
    images: { kind: 'list', isUnfiled: true },
  },
  check: checkPrice,
});

/** A price is one in a currency. What is stored without stays changeable in its other fields. */
function checkPrice(values: FactValues, { isChanged }: CheckContext): FactValues | FactFault {
  const { price, currency } = values;
  if (price === null || !(isChanged('price') || isChanged('currency'))) return values;
  if (typeof currency !== 'string') return new FactFault('currency', 'missing', 'is missing');
  return amountFault('price', price, currency) ?? values;
}
