import { defineFact } from './define';

export const customer = defineFact({
  className: 'Customer',
  dataType: 'customers',
  businessId: 'external_id',
  dateField: 'registered_at',
  fields: {
    external_id: { kind: 'id', file: 'customer_id', required: 'file', isPersonal: true },
    name: { kind: 'text', isPersonal: true },
    email: { kind: 'text', maximum: 320, isPersonal: true },
    phone: { kind: 'text', maximum: 64, isPersonal: true },
    tags: { kind: 'list', isUnfiled: true, isPersonal: true },
    segments: { kind: 'list', isUnfiled: true, isPersonal: true },
    /** Given start of the customer; the figures use the earliest business date known. */
    registered_at: {
      kind: 'date',
      file: 'created_at',
      isPersonal: true,
      doc: 'the start of the customer, unless a purchase or subscription is earlier',
    },
    erased_at: { kind: 'server', type: 'Date' },
  },
});
