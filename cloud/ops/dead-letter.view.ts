import type { DeadLetterRow } from './dead-letters.store';

/** A job or a due row whose tries are over. */
export interface DeadLetterView {
  id: string;
  message_id: string;
  queue: string;
  type: string;
  /** Of a due row: the table without `due_`; null for a job, as key and tenant are. */
  table: string | null;
  key: string | null;
  tenant: string | null;
  payload: string;
  attempts: number;
  last_error: string;
  failed_at: string;
  replayed_at: string | null;
}

export function viewOfJob(row: DeadLetterRow): DeadLetterView {
  return {
    id: row.id,
    message_id: row.messageId,
    queue: row.queue,
    type: row.type,
    table: null,
    key: null,
    tenant: null,
    payload: row.payload,
    attempts: row.attempts,
    last_error: row.lastError,
    failed_at: row.failedAt.toISOString(),
    replayed_at: row.replayedAt?.toISOString() ?? null,
  };
}
