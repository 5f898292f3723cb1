import { DelayedError, UnrecoverableError } from 'bullmq';
import type { QueueJob } from './connections';

/** Thrown by a job's handler when another try cannot help: the job goes to the dead letters at once. */
export class GiveUpError extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'GiveUpError';
  }
}

/** What the queue understands as "no further try". */
export function asUnrecoverable(error: Error): Error {
  const given = new UnrecoverableError(error.message);
  given.stack = error.stack;
  return given;
}

/** Puts a running job back without using up a try; the processor then throws what this returns. */
export async function postpone(job: QueueJob, token: string | undefined, delayMs: number): Promise<Error> {
  await job.moveToDelayed(Date.now() + delayMs, token);
  return new DelayedError();
}
