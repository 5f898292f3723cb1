import { z } from 'zod';
import { defineContract } from '../../core/operation/contract';
import { listInput, pageOutput } from '../../core/operation/paging';
import { FIELD_DOCS, fieldList } from './convert/field-docs';

const DATA_TYPES = Object.keys(FIELD_DOCS) as (keyof typeof FIELD_DOCS)[];
const FIELDS = `\n\nFields of the data types (* required; docs/imports.md says more):\n\n${fieldList()}`;
const fieldName = z.string().min(1).max(128);

/** Options of an import (contract 2.8), the same over every door. */
export const importOptions = z.strictObject({
  data_type: z
    .union([z.enum(DATA_TYPES), z.string().regex(/^class:[A-Za-z_][A-Za-z0-9_]{0,127}$/)], {
      error: ({ input }) =>
        input === undefined ? undefined : `must be one of ${DATA_TYPES.join(', ')}, or class:<Name>`,
    })
    .meta({ description: 'What the rows are: one of the named types, or class:<Name>.' }),
  format: z.enum(['csv', 'json', 'ndjson', 'xlsx']).optional(),
  mapping: z
    .record(fieldName, z.string().min(1).max(256))
    .optional()
    .meta({ description: 'Field to column. Fields that are not mapped are taken by equal name.' }),
  defaults: z
    .record(fieldName, z.union([z.string().max(1000), z.number(), z.boolean()]))
    .optional()
    .meta({ description: 'Value of a field where the column is missing or the cell empty.' }),
  rules: z.array(z.record(z.string(), z.unknown())).max(100).optional(),
  mode: z.enum(['insert', 'update', 'upsert']).optional(),
  key: z.array(fieldName).max(8).optional().meta({ description: 'Fields that identify a row in update and upsert.' }),
  dry_run: z.boolean().optional(),
  preview: z.int().min(0).max(1000).optional(),
  effects: z.boolean().optional(),
  time_zone: z.string().min(1).max(64).optional().meta({ description: 'IANA zone of dates without an offset.' }),
  strict: z.boolean().optional(),
  amount_is: z.enum(['line', 'order']).optional().meta({
    description: 'Purchases: whether amount is that of the line, or the total of its order. Default: detected.',
  }),
  source_name: z.string().min(1).max(200).optional(),
  tenant: z.string().min(1).max(64).optional().meta({ description: 'Platform admins only: id or slug.' }),
});
export type ImportOptionsInput = z.output<typeof importOptions>;

const dataRows = z.array(z.record(z.string(), z.unknown())).max(1_000_000);

export const batchInput = z.strictObject({ options: importOptions, data: dataRows.optional() });

export const processInput = z.strictObject({
  ...importOptions.partial().shape,
  options: importOptions.partial().optional(),
  processing_rules: z.array(z.record(z.string(), z.unknown())).max(100).optional(),
  data: dataRows,
});

const jobStatus = z.enum(['queued', 'processing', 'completed', 'failed', 'cancelled']);

const warning = z.strictObject({
  code: z.string(),
  message: z.string(),
  columns: z.array(z.string()).optional(),
  rows: z.array(z.int()).optional(),
  row_total: z.int().optional(),
});

/** What an import tells beside counts and refused rows. */
const report = {
  amount_is: z
    .strictObject({ used: z.enum(['line', 'order']), reason: z.string() })
    .nullable()
    .meta({ description: 'Purchases: how amounts were taken, and why; null until that is known.' }),
  warnings: z.array(warning).meta({
    description: 'What may not have been meant, such as columns that nothing was read from; see docs/imports.md.',
  }),
};
const dryRun = z.boolean().meta({ description: 'True: everything is checked, nothing is stored.' });

const acceptedJob = z.strictObject({
  job_id: z.string(),
  status: jobStatus,
  estimated_completion: z.iso.datetime(),
  dry_run: dryRun,
  records_received: z.int().optional(),
});

const jobParam = z.strictObject({ job_id: z.string().min(1).max(64) });

const counts = z.strictObject({
  read: z.int(),
  inserted: z.int(),
  updated: z.int(),
  skipped: z.int(),
  rejected: z.int(),
});

const failure = z.strictObject({
  code: z.string(),
  message: z.string(),
  details: z.record(z.string(), z.unknown()).optional(),
});

const jobState = z.strictObject({
  job_id: z.string(),
  status: jobStatus,
  progress: z.number().min(0).max(100),
  attempts: z.int(),
  created_at: z.iso.datetime(),
  started_at: z.iso.datetime().nullable(),
  completed_at: z.iso.datetime().nullable(),
  estimated_completion: z.iso.datetime().nullable(),
  error: failure.nullable(),
  data_type: z.string(),
  dry_run: dryRun,
  counts,
  ...report,
});

const rowError = z.strictObject({
  row: z.int(),
  column: z.string().nullable(),
  code: z.string(),
  message: z.string(),
  value: z.string().nullable(),
});

const PREVIEW = {
  200: {
    when: 'With `preview`: the first rows as they would be stored, and what is wrong with them. Nothing is stored.',
    output: z.strictObject({
      rows: z.array(z.record(z.string(), z.unknown())),
      errors: z.array(rowError),
      ...report,
    }),
  },
};
const DATA_ERRORS = ['INVALID_FILE', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE', 'NOT_FOUND'] as const;

/** `{"data":[{…}]}` */
const ROW_VALUES = 3;

/** A20. */
export const processBatch = defineContract({
  name: 'processBatch',
  summary: 'Import a file, or rows, as a job',
  description:
    'Body: multipart/form-data with part `options` (JSON) before part `file`; or the file as the raw body with ' +
    '`options` as a query parameter; or JSON `{"options":{…},"data":[…]}`. Answers 202 once the bytes and the job ' +
    'are stored durably. With `preview` N it answers 200 `{rows,errors}` for the first N rows and stores nothing.' +
    FIELDS,
  tag: 'Data processing',
  rest: { method: 'POST', path: '/data/batch', status: 202, body: 'upload' },
  cloud: true,
  access: { kind: 'user' },
  input: batchInput,
  exactNumbersAt: ROW_VALUES,
  output: acceptedJob,
  otherAnswers: PREVIEW,
  errors: DATA_ERRORS,
  idempotency: 'key',
});

/** A17. */
export const processData = defineContract({
  name: 'processData',
  summary: 'Process rows given in the request as a job',
  description: `The rows of processBatch without a file.${FIELDS}`,
  tag: 'Data processing',
  rest: { method: 'POST', path: '/data/process', status: 202 },
  cloud: true,
  access: { kind: 'user' },
  input: processInput,
  exactNumbersAt: ROW_VALUES,
  output: acceptedJob,
  otherAnswers: PREVIEW,
  errors: DATA_ERRORS,
  idempotency: 'key',
});

/** A14: the same as A17 below the business routes. */
export const processBusinessData = defineContract({
  ...processData,
  name: 'processBusinessData',
  summary: 'Process business rows given in the request as a job',
  tag: 'Business logic',
  rest: { method: 'POST', path: '/business/process', status: 202 },
});

/** A18. */
export const getJobStatus = defineContract({
  name: 'getJobStatus',
  summary: 'State, progress and counts of a job',
  description: '`completed` is said only when the figures contain the rows of the job.',
  tag: 'Data processing',
  rest: { method: 'GET', path: '/data/status/{job_id}', status: 200 },
  cloud: true,
  access: { kind: 'user' },
  input: jobParam,
  output: jobState,
  errors: ['NOT_FOUND'],
  idempotency: 'none',
});

/** A19. */
export const getJobResults = defineContract({
  name: 'getJobResults',
  summary: 'Rows that a job stored, and the rows it refused',
  description:
    'Answers 202 while the job is unfinished, and 409 when it has failed: then with the refused rows, too, and with ' +
    'the reason as `error`; 410 from 30 days after its end on. The paging is that of both lists.',
  tag: 'Data processing',
  rest: { method: 'GET', path: '/data/results/{job_id}', status: 200 },
  cloud: true,
  access: { kind: 'user' },
  input: listInput(
    { job_id: z.string().min(1).max(64), format: z.enum(['json']).optional() },
    { byDefault: 100, atMost: 1000 },
  ),
  output: z.strictObject({
    job_id: z.string(),
    status: jobStatus,
    format: z.literal('json'),
    dry_run: dryRun,
    ...report,
    ...pageOutput,
    results: z.array(z.record(z.string(), z.unknown())),
    errors: z.strictObject({ total: z.int(), items: z.array(rowError) }),
    error: failure.extend({ timestamp: z.iso.datetime(), request_id: z.string() }).optional(),
  }),
  otherAnswers: { 202: { when: 'The job is unfinished.' } },
  errors: ['NOT_FOUND', 'CONFLICT', 'GONE'],
  idempotency: 'none',
});

export const cancelJob = defineContract({
  name: 'cancelJob',
  summary: 'Cancel a job that has not ended',
  description: 'A running job stops at its next check and leaves nothing behind.',
  tag: 'Data processing',
  rest: { method: 'POST', path: '/queue/jobs/{job_id}/cancel', status: 202 },
  cloud: true,
  access: { kind: 'user' },
  input: jobParam,
  output: z.strictObject({ job_id: z.string(), status: jobStatus }),
  errors: ['NOT_FOUND', 'CONFLICT'],
  idempotency: 'none',
});
