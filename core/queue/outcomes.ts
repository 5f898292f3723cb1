import { DelayedError, UnrecoverableError } from 'bullmq';
import type { QueueJob } from './connections';

/** Thrown by a job's handler when another try cannot help: the job goes to the dead letters at once. */
export class GiveUpError extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'GiveUpError';
  }
}

/** Thrown by a job's handler when its time has not come: it runs again then, and no try is used up. */
export class PostponeError extends Error {
  readonly until: Date;

  /** @param until a time, or a pause in milliseconds */
  constructor(until: Date | number) {
    const at = typeof until === 'number' ? new Date(Date.now() + until) : until;
    if (Number.isNaN(at.getTime())) throw new RangeError('A job is postponed to a time.');
    super(`The job is put off until ${at.toISOString()}.`);
    this.name = 'PostponeError';
    this.until = at;
  }
}

/** What the queue understands as "no further try". */
export function asUnrecoverable(error: Error): Error {
  const given = new UnrecoverableError(error.message);
  given.stack = error.stack;
  return given;
}

/** Puts a running job back without using up a try; the processor then throws what this returns. */
export async function postpone(job: QueueJob, token: string | undefined, until: Date): Promise<Error> {
  await job.moveToDelayed(until.getTime(), token);
  return new DelayedError();
}

export const inMs = (ms: number): Date => new Date(Date.now() + ms);
