import type { ClassDefinition, FieldDefinition } from '../../core/schema/class-definition';
import type { DataJobKind } from './kind';

const string: FieldDefinition = { type: 'String' };
const number: FieldDefinition = { type: 'Number' };
const date: FieldDefinition = { type: 'Date' };
const object: FieldDefinition = { type: 'Object' };

const FIELDS: Readonly<Record<string, FieldDefinition>> = {
  job_id: string,
  queue: string,
  kind: string,
  processing_rules: { type: 'Array' },
  status: string,
  /** The kind's own steps. */
  phase: string,
  /** Percent, 0 to 100. */
  progress: number,
  priority: number,
  /** Starts of this try, those that a crash ended included. */
  attempts: number,
  max_attempts: number,
  /** Starts that ended with an error of ours; a crash is none. */
  failures: number,
  /** How often somebody had it run again after it had ended. */
  retries: number,
  estimated_completion: date,
  started_at: date,
  completed_at: date,
  error: object,
  owner: { type: 'Pointer', targetClass: '_User' },
  /** JSON text: keys may hold `.` and `$`, which Parse refuses in keys. */
  options: string,
  input_path: string,
  input_name: string,
  input_type: string,
  input_bytes: number,
  cancel_requested_at: date,
  /** A process owns the job until then; renewed while it lives. */
  lease_until: date,
  lease_token: string,
};

/** The row of a job outlives the queue's own record, and is the truth about it. @throws when two kinds differ on a column */
export function dataJobClass(kinds: readonly DataJobKind[]): ClassDefinition {
  const fields: Record<string, FieldDefinition> = { ...FIELDS };
  for (const { kind, columns = {} } of kinds) {
    for (const [name, field] of Object.entries(columns)) {
      if (fields[name] && fields[name].type !== field.type) {
        throw new Error(`The kind of data job "${kind}" gives the column "${name}" another type.`);
      }
      fields[name] = field;
    }
  }
  return {
    className: 'DataJob',
    fields,
    indexes: [
      { fields: ['job_id'], unique: true },
      { fields: ['owner', 'status'] },
      { fields: ['tenant', 'status'] },
      { fields: ['status', 'lease_until'] },
      ...kinds.flatMap(({ indexes = [] }) => indexes),
    ],
    access: 'own',
    tenant: true,
    serverFields: Object.keys(fields),
    liveQuery: 'polled',
  };
}
