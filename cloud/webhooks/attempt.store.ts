import { database } from '../../core/database/database';
import type { AnyBulkWriteOperation, Document } from 'mongodb';
import type { DeliveryRow } from './delivery.store';
import { OPEN_STATUSES } from './webhooks.schema';

/** What a try, or the end without one, writes into its delivery. */
export type AttemptChange = Pick<
  DeliveryRow,
  | 'objectId'
  | 'status'
  | 'attempts'
  | 'request_headers'
  | 'response_status'
  | 'response_body'
  | 'duration_ms'
  | 'last_error'
  | 'next_attempt_at'
  | 'delivered_at'
  | 'updatedAt'
>;

/**
 * Writes many at once; those that were ended meanwhile stay as they are. Each try overwrites the one before, so a
 * repetition does no harm.
 */
export async function writeAttempts(changes: readonly AttemptChange[]): Promise<void> {
  if (!changes.length) return;
  const db = database();
  if (db.kind === 'postgres')
    await db.pool.query({ name: 'webhook attempts', text: UPDATE, values: valuesOf(changes) });
  else await db.db.collection<Document>('WebhookDelivery').bulkWrite(changes.map(operationOf), { ordered: false });
}

const UPDATE = `update "WebhookDelivery" d set status = s.status, attempts = s.attempts,
    request_headers = coalesce(s.request_headers, d.request_headers), response_status = s.response_status,
    response_body = s.response_body, duration_ms = s.duration_ms, last_error = s.last_error,
    next_attempt_at = s.next_attempt_at, delivered_at = s.delivered_at, "updatedAt" = s.updated_at
  from unnest($1::text[], $2::text[], $3::float8[], $4::jsonb[], $5::float8[], $6::text[], $7::float8[], $8::jsonb[],
      $9::timestamptz[], $10::timestamptz[], $11::timestamptz[])
    as s (id, status, attempts, request_headers, response_status, response_body, duration_ms, last_error,
      next_attempt_at, delivered_at, updated_at)
  where d."objectId" = s.id and d.status in (${OPEN_STATUSES.map((status) => `'${status}'`).join(', ')})`;

function valuesOf(changes: readonly AttemptChange[]): unknown[][] {
  // In the order of their ids: two writers wait for each other in one direction only.
  const rows = [...changes].sort((a, b) => (a.objectId < b.objectId ? -1 : 1));
  const json = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));
  return [
    rows.map((row) => row.objectId),
    rows.map((row) => row.status),
    rows.map((row) => row.attempts),
    rows.map((row) => json(row.request_headers)),
    rows.map((row) => row.response_status),
    rows.map((row) => row.response_body),
    rows.map((row) => row.duration_ms),
    rows.map((row) => json(row.last_error)),
    rows.map((row) => row.next_attempt_at),
    rows.map((row) => row.delivered_at),
    rows.map((row) => row.updatedAt),
  ];
}

function operationOf({
  objectId,
  updatedAt,
  request_headers: headers,
  ...change
}: AttemptChange): AnyBulkWriteOperation {
  const all = { ...change, ...(headers ? { request_headers: headers } : {}), _updated_at: updatedAt };
  const given = Object.entries(all);
  const gone = given.filter(([, value]) => value === null).map(([name]) => [name, ''] as const);
  return {
    updateOne: {
      filter: { _id: objectId, status: { $in: [...OPEN_STATUSES] } } as Document,
      update: {
        $set: Object.fromEntries(given.filter(([, value]) => value !== null)),
        ...(gone.length ? { $unset: Object.fromEntries(gone) } : {}),
      },
    },
  };
}
