import { defineFact } from './define';

export const event = defineFact({
  className: 'Event',
  dataType: 'events',
  businessId: 'event_id',
  dateField: 'timestamp',
  selfWriters: 'user',
  indexes: [{ fields: ['user', 'timestamp'] }],
  fields: {
    event_type: { kind: 'text', required: true, maximum: 200 },
    timestamp: { kind: 'date', required: true, byDefault: 'now' },
    user: { kind: 'person', target: '_User', doc: 'an unknown one is refused' },
    customer: { kind: 'person', target: 'Customer', doc: 'a new one makes a Customer' },
    event_id: { kind: 'id' },
    properties: { kind: 'json', isPersonal: true },
    source: { kind: 'text', isUnfiled: true },
  },
});
