import { AppError } from '../../core/errors';
import { openedQueue, type QueueCounts } from '../../core/queue/bullmq';
import { MAX_CONCURRENT_JOBS } from '../../core/queue/shares';
import { countBuried } from './buried-rows.service';
import { countOpenDeadLetters } from './dead-letters.store';

const REMEMBER_MS = 1000;
/** Contract 5: more waiting jobs than this are an overflow. */
const OVERFLOW = 1000;

export interface QueueStatus {
  status: 'healthy' | 'overflow';
  queues: Record<string, QueueCounts>;
  dead_letter: number;
  concurrency: { active: number; max: number };
}

let remembered: { at: number; value: Promise<QueueStatus> } | undefined;

/** At most a second old, so that a dashboard costs the queue little. @throws AppError SERVICE_UNAVAILABLE */
export async function queueStatus(): Promise<QueueStatus> {
  if (!remembered || Date.now() - remembered.at > REMEMBER_MS) {
    remembered = { at: Date.now(), value: ask() };
  }
  try {
    return await remembered.value;
  } catch (error) {
    throw new AppError('SERVICE_UNAVAILABLE', 'The queue does not answer.', { cause: error, retryAfterSeconds: 5 });
  }
}

async function ask(): Promise<QueueStatus> {
  const queue = openedQueue();
  if (!queue) throw new Error('The queue is not open.');
  const [queues, deadJobs, buriedRows] = await Promise.all([queue.counts(), countOpenDeadLetters(), countBuried()]);
  const all = Object.values(queues);
  const isFull = all.some((counts) => counts.waiting > OVERFLOW);
  return {
    status: isFull ? 'overflow' : 'healthy',
    queues,
    dead_letter: deadJobs + buriedRows,
    concurrency: { active: all.reduce((sum, { active }) => sum + active, 0), max: MAX_CONCURRENT_JOBS },
  };
}
