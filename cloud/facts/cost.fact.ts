import { defineFact } from './define';

/** The first one is the default. */
const COST_KINDS = ['other', 'acquisition'] as const;

export const cost = defineFact({
  className: 'Cost',
  dataType: 'costs',
  dateField: 'date',
  keys: [
    ['date', 'kind', 'currency'],
    ['date', 'kind'],
  ],
  fields: {
    date: { kind: 'date', required: true },
    amount: { kind: 'money', required: true },
    currency: { kind: 'currency', required: true },
    kind: { kind: 'choice', choices: COST_KINDS, byDefault: 'other' },
  },
});
