import { z } from 'zod';
import { defineContract } from '../../core/operation/contract';
import { fieldList } from './convert/field-docs';
import { importOptions } from './convert/options.schema';

const FIELDS = `\n\nFields of the data types (* required; docs/imports.md says more):\n\n${fieldList()}`;
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

const counts = z.strictObject({
  read: z.int(),
  inserted: z.int(),
  updated: z.int(),
  skipped: z.int(),
  rejected: z.int(),
});

/** What the status of an import says beside that of every job. */
export const importStatus = { data_type: z.string(), dry_run: dryRun, counts, ...report };

const rowError = z.strictObject({
  row: z.int(),
  column: z.string().nullable(),
  code: z.string(),
  message: z.string(),
  value: z.string().nullable(),
});

/** What the results of an import say beside those of every job: the refused rows. */
export const importResults = {
  dry_run: dryRun,
  ...report,
  errors: z.strictObject({ total: z.int(), items: z.array(rowError) }),
};

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
