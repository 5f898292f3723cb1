import type { QueueName } from '../job';

/** Every queue, in the order they are shown. A record, so that a new QueueName cannot be forgotten. */
const NAMES: Record<QueueName, true> = { 'data-processing': true, email: true, analytics: true, cleanup: true };

export const QUEUE_NAMES = Object.keys(NAMES) as readonly QueueName[];

/** Jobs running at once over all queues and worker processes (contract 5). */
export const MAX_CONCURRENT_JOBS = 100;
