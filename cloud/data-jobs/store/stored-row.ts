import { PENDING } from '../../../core/events/pending-writes';
import { findKind } from '../kinds';
import type { JobRow } from '../job-row';

const EMPTY: Omit<
  JobRow,
  | 'id'
  | 'job_id'
  | 'kind'
  | 'queue'
  | 'status'
  | 'priority'
  | 'max_attempts'
  | 'tenantId'
  | 'ownerId'
  | 'createdAt'
  | 'estimated_completion'
> = {
  options: undefined,
  phase: null,
  progress: 0,
  attempts: 0,
  failures: 0,
  retries: 0,
  started_at: null,
  completed_at: null,
  cancel_requested_at: null,
  error: null,
  lease_until: null,
  lease_token: null,
  input_path: null,
  input_name: '',
  input_type: '',
  input_bytes: 0,
};

/** A stored row with what its columns mean where they are empty: rows of earlier releases lack some. */
export function completeRow(
  stored: Record<string, unknown>,
  own: Pick<JobRow, 'id' | 'tenantId' | 'ownerId' | 'createdAt'>,
): JobRow {
  const initial = findKind(String(stored['kind']))?.initial ?? {};
  const filled = Object.fromEntries(
    Object.entries(stored).filter(
      ([name, value]) => value !== null && value !== undefined && !name.startsWith('_') && name !== PENDING,
    ),
  );
  const options = JSON.parse((stored['options'] as string | null | undefined) ?? 'null') as unknown;
  return { ...EMPTY, ...initial, ...filled, ...own, options } as JobRow;
}
