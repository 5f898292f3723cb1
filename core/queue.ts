import type { z } from 'zod';
import type { JobDefinition } from './job';

/** What the frame needs of a queue; `core/queue/bullmq.ts` is the implementation for both backends. */
export interface QueuePort {
  add(definition: JobDefinition, payload: unknown, options: { delayMs?: number }): Promise<void>;
  addMany(definition: JobDefinition, payloads: readonly unknown[], options: { delayMs?: number }): Promise<void>;
}

let port: QueuePort | undefined;

export function setQueue(opened: QueuePort | undefined): void {
  port = opened;
}

/**
 * Hands a job to the queue. The row that the payload names must be committed before: the queue
 * may lose a job, the sweeper over rows does not. Throws when the queue is down; callers that
 * have a sweeper behind them catch and log.
 */
export async function enqueue<P extends z.ZodType>(
  definition: JobDefinition<P>,
  payload: z.input<P>,
  options: { delayMs?: number } = {},
): Promise<void> {
  if (!port) throw new Error('The queue is not open yet.');
  await port.add(definition, definition.payload.parse(payload), options);
}

/**
 * {@link enqueue} for many at once, in a few calls. All payloads are checked before the first job is added; a call
 * that was cut off is made again as a whole: a key that waits or runs is dropped.
 */
export async function enqueueMany<P extends z.ZodType>(
  definition: JobDefinition<P>,
  payloads: readonly z.input<P>[],
  options: { delayMs?: number } = {},
): Promise<void> {
  if (!port) throw new Error('The queue is not open yet.');
  const checked = payloads.map((payload) => definition.payload.parse(payload));
  await port.addMany(definition, checked, options);
}

/** For {@link Feature.parseJobs}: Parse Dashboard starts the job, the queue's limits and retries are its own. */
export function handToQueue(definition: JobDefinition): () => Promise<string> {
  return async () => {
    await enqueue(definition, {});
    return 'Handed to the queue.';
  };
}
