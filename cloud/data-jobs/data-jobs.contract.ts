import { z } from 'zod';
import { defineContract } from '../../core/operation/contract';
import { listInput, pageOutput } from '../../core/operation/paging';

const jobStatus = z.enum(['queued', 'processing', 'completed', 'failed', 'cancelled']);
const jobId = z.string().min(1).max(64);
const jobParam = z.strictObject({ job_id: jobId });

const failure = z.strictObject({
  code: z.string(),
  message: z.string(),
  details: z.record(z.string(), z.unknown()).optional(),
});

/** What every job says of itself; its kind adds to it. */
export const jobState = z.strictObject({
  job_id: z.string(),
  kind: z.string(),
  status: jobStatus,
  progress: z.number().min(0).max(100),
  attempts: z.int().meta({ description: 'Starts since it was accepted, or retried.' }),
  retries: z.int().meta({ description: 'How often it was run again after it had failed or was cancelled.' }),
  created_at: z.iso.datetime(),
  started_at: z.iso.datetime().nullable(),
  completed_at: z.iso.datetime().nullable(),
  estimated_completion: z.iso.datetime().nullable(),
  error: failure.nullable(),
});

/** What a list says beside the job's state. */
export const listed = {
  owner: z.string().nullable().meta({ description: 'Id of the user; null for the system, and once he is erased.' }),
  tenant: z.string(),
};

/** What the results of every job have; its kind adds to it. */
export const jobResults = z.strictObject({
  job_id: z.string(),
  status: jobStatus,
  format: z.literal('json'),
  ...pageOutput,
  results: z.array(z.record(z.string(), z.unknown())),
  error: failure.extend({ timestamp: z.iso.datetime(), request_id: z.string() }).optional(),
});

/** The input of the list. @param kind the kinds of this release, or any text for a client that does not know them */
export const jobListInput = (kind: z.ZodType<string>) =>
  listInput(
    {
      kind: kind.optional(),
      status: jobStatus.optional(),
      owner: z.string().min(1).max(64).optional().meta({ description: 'Id of a user, or `me`.' }),
    },
    { byDefault: 20, atMost: 100 },
  );

export const listDataJobs = defineContract({
  name: 'listDataJobs',
  summary: 'Jobs, the newest first',
  description: "One's own jobs; tenant admins: those of the tenant; platform admins: all.",
  tag: 'Data processing',
  rest: { method: 'GET', path: '/data/jobs', status: 200 },
  cloud: true,
  access: { kind: 'user' },
  input: jobListInput(z.string().min(1).max(64)),
  output: z.strictObject({ jobs: z.array(jobState.extend(listed)), ...pageOutput }),
  idempotency: 'none',
});

/** A18. */
export const getJobStatus = defineContract({
  name: 'getJobStatus',
  summary: 'State and progress of a job',
  description: '`completed` is said of an import only when the figures contain its rows.',
  tag: 'Data processing',
  rest: { method: 'GET', path: '/data/status/{job_id}', status: 200 },
  cloud: true,
  access: { kind: 'user' },
  input: jobParam,
  output: jobState,
  errors: ['NOT_FOUND', 'CONFLICT'],
  idempotency: 'none',
});

/** A19. */
export const getJobResults = defineContract({
  name: 'getJobResults',
  summary: 'What a job made: of an import the stored rows, and the rows it refused',
  description:
    'Answers 202 while the job is unfinished, and 409 when it has failed: then with the refused rows, too, and with ' +
    'the reason as `error`; 410 from 30 days after its end on. The paging is that of both lists.',
  tag: 'Data processing',
  rest: { method: 'GET', path: '/data/results/{job_id}', status: 200 },
  cloud: true,
  access: { kind: 'user' },
  input: listInput({ job_id: jobId, format: z.enum(['json']).optional() }, { byDefault: 100, atMost: 1000 }),
  output: jobResults,
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

export const retryDataJob = defineContract({
  name: 'retryDataJob',
  summary: 'Run a failed or cancelled job again',
  description:
    'The same job, with the same id and input; what the earlier try told is replaced, and its tries count anew. Asked ' +
    'again before that has ended, it answers the same. 409 for a job that runs or is completed, 410 when the input is ' +
    'gone: it is kept for 7 days.',
  tag: 'Data processing',
  rest: { method: 'POST', path: '/data/jobs/{job_id}/retry', status: 202 },
  cloud: true,
  access: { kind: 'user' },
  input: jobParam,
  output: z.strictObject({
    job_id: z.string(),
    status: jobStatus,
    retries: z.int(),
    estimated_completion: z.iso.datetime(),
  }),
  errors: ['NOT_FOUND', 'CONFLICT', 'GONE'],
  idempotency: 'none',
});
