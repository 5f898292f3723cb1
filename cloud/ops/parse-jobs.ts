import type { Feature } from '../../core/feature';
import { handToQueue } from '../../core/queue';
import { trimQueuesJob } from './ops.jobs';

/** Jobs that people start or schedule in Parse Dashboard. They only enqueue: retries and limits are the queue's. */
export const operationsParseJobs: NonNullable<Feature['parseJobs']> = {
  cleanupJobs: handToQueue(trimQueuesJob),
};
