import type { Ctx } from '../core/context';
import { toAppError, toFailureRecord } from '../core/errors';
import type { JobDefinition } from '../core/job';
import type { QueueJob } from '../core/queue/connections';
import { asUnrecoverable, GiveUpError, inMs, postpone } from '../core/queue/outcomes';
import { withoutNul } from '../core/queue/job-options';

/** Where failed jobs are kept. Must be safe to call twice with the same `messageId`. */
export type DeadLetterSink = (
  ctx: Ctx,
  letter: {
    messageId: string;
    queue: string;
    type: string;
    payload: string;
    attempts: number;
    lastError: string;
  },
) => Promise<void>;

export interface FailedTry {
  job: QueueJob;
  token: string | undefined;
  definition: JobDefinition | undefined;
  ctx: Ctx;
  error: unknown;
  sink: DeadLetterSink;
}

/** How long a job waits for the database to take its dead letter. */
const POSTPONED_MS = 5000;

export function isLastTry(job: QueueJob, error: unknown): boolean {
  return error instanceof GiveUpError || job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
}

/**
 * The end of a failed try: what the processor shall throw. The dead letter is written before the
 * queue learns of the failure, so a crash between them repeats the try and loses nothing.
 */
export async function endFailedTry(failed: FailedTry): Promise<Error> {
  const { job, ctx, error } = failed;
  ctx.log.warn({ err: error, failure: toFailureRecord(error) }, 'A job failed.');
  const reported = reportable(error);
  if (!isLastTry(job, error)) return reported;
  try {
    await buryJob(failed);
  } catch (cause) {
    ctx.log.error({ err: cause }, 'The dead letter could not be written; the job is tried again later.');
    return postpone(job, failed.token, inMs(POSTPONED_MS));
  }
  return error instanceof GiveUpError ? asUnrecoverable(reported) : reported;
}

/** Dead letter and the definition's own `onExhausted`. @throws when the database did not take them */
export async function buryJob({ job, definition, ctx, error, sink }: Omit<FailedTry, 'token'>): Promise<void> {
  const payload = definition?.payload.safeParse(job.data);
  if (definition?.onExhausted && payload?.success) {
    try {
      await definition.onExhausted(ctx, payload.data, error);
    } catch (cause) {
      // A database that is away will be back; a fault of the callback would fail for ever.
      if (toAppError(cause).code === 'DATABASE_ERROR') throw cause;
      ctx.log.error({ err: cause }, 'What follows a job that failed for good failed itself.');
    }
  }
  await sink(ctx, {
    messageId: `${job.queueName}:${job.id}`,
    queue: job.queueName,
    type: job.name,
    payload: JSON.stringify(job.data ?? {}),
    attempts: job.attemptsMade + 1,
    lastError: reportable(error).message.slice(0, 2000),
  });
}

/** PostgreSQL cannot store a NUL: an error with one would leave the job active for ever. */
function reportable(error: unknown): Error {
  const given = error instanceof Error ? error : new Error(String(error));
  const clean = new Error(withoutNul(given.message));
  clean.name = given.name;
  clean.stack = withoutNul(given.stack ?? '');
  return clean;
}
