import { z } from 'zod';
import { defineEventType, type EventSource, type EventType } from '../../core/events/event.types';
import { pendingTexts } from '../../core/events/record';
import type { JobRow, JobStatus } from './job-row';
import type { DataJobKind } from './kind';

const payload = {
  job_id: z.string(),
  kind: z.string(),
  records: z.record(z.string(), z.int()).describe('What became of its records, as the status of the job counts them.'),
  details: z.record(z.string(), z.union([z.string(), z.boolean()])).describe('What else its kind says of it.'),
};
const example = {
  job_id: 'job_6f1c2a',
  kind: 'import',
  records: { read: 1000, inserted: 990, updated: 0, skipped: 0, rejected: 10 },
  details: { data_type: 'purchases', dry_run: false },
};

const TYPES: Partial<Record<JobStatus, EventType>> = {
  completed: defineEventType({
    name: 'data_processed',
    summary: 'A data job completed: an import for instance, whose rows are in the figures.',
    subject: 'DataJob',
    payload: z.strictObject(payload),
    example,
  }),
  failed: defineEventType({
    name: 'data_failed',
    summary: 'A data job failed for good. Retried, it may fail, or complete, once more.',
    subject: 'DataJob',
    payload: z.strictObject({ ...payload, error_code: z.string() }),
    example: { ...example, error_code: 'INVALID_FILE' },
  }),
};

export const dataJobEventTypes: readonly EventType[] = Object.values(TYPES);

/** Jobs end below Parse, in their store; the class is named so that what its rows carry is recorded. */
export const dataJobEvents: EventSource = { className: 'DataJob' };

/** What the statement that ends a job writes into its row; nothing for a cancel. @param job as it is when it has ended */
export function endEvents(kind: DataJobKind, job: JobRow): string[] {
  const type = TYPES[job.status]?.name;
  if (type === undefined) return [];
  const { records = {}, details = {} } = kind.event?.(job) ?? {};
  const said = { job_id: job.job_id, kind: job.kind, records, details };
  const error = job.status === 'failed' ? { error_code: job.error?.code ?? 'INTERNAL_ERROR' } : {};
  return pendingTexts([{ type, payload: { ...said, ...error } }], {
    className: dataJobEvents.className,
    objectId: job.id,
    tenant: job.tenantId,
  });
}
