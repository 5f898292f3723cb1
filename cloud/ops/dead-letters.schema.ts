import type { ClassDefinition } from '../../core/schema/class-definition';

/** Jobs whose last try failed. Outlives the queue's own record, which is trimmed. */
export const DEAD_LETTER: ClassDefinition = {
  className: 'DeadLetter',
  fields: {
    /** Queue and the queue's job id: one row a failed job, however often its end is reported. */
    message_id: { type: 'String', required: true },
    queue: { type: 'String', required: true },
    type: { type: 'String', required: true },
    /** JSON text: Parse refuses some keys, and nobody queries inside. */
    payload: { type: 'String' },
    attempts: { type: 'Number' },
    last_error: { type: 'String' },
    failed_at: { type: 'Date', required: true },
    replayed_at: { type: 'Date' },
  },
  indexes: [{ fields: ['message_id'], unique: true }, { fields: ['queue', 'failed_at'] }, { fields: ['failed_at'] }],
  access: 'log',
  tenant: false,
};
