import { randomUUID } from 'node:crypto';
import type { JobsOptions } from 'bullmq';
import { JOB_CLASSES, type JobDefinition } from '../job';
import type { QueueSettings } from './settings';

const MAX_PAYLOAD_BYTES = 10_000;
const KEEP_COMPLETED = 100;
const KEEP_FAILED = 50;
/** PostgreSQL: counting retention deadlocks there and fails jobs that had succeeded, so age decides. */
const KEEP_COMPLETED_SECONDS = 3600;
const KEEP_FAILED_SECONDS = 7 * 86_400;

/** Tries of a job: its own, or those of its class. */
function attemptsOf(definition: JobDefinition): number {
  return definition.attempts ?? JOB_CLASSES[definition.jobClass].attempts;
}

/** What every job of the definition carries, added by hand or by a schedule. */
export function templateOptions(definition: JobDefinition, settings: QueueSettings): JobsOptions {
  const isRedis = settings.backend.kind === 'redis';
  return {
    // Always set: a job without priority would run before all others.
    priority: JOB_CLASSES[definition.jobClass].priority,
    attempts: attemptsOf(definition),
    backoff: { type: 'exponential', delay: settings.backoffMs },
    removeOnComplete: isRedis ? KEEP_COMPLETED : { age: KEEP_COMPLETED_SECONDS },
    removeOnFail: isRedis ? KEEP_FAILED : { age: KEEP_FAILED_SECONDS },
  };
}

/**
 * Same key, same job while it waits or runs. The id is random, not the key: an id stays taken as
 * long as the finished job's record is kept, a deduplication key ends with the job.
 */
export function addOptions(
  definition: JobDefinition,
  payload: unknown,
  settings: QueueSettings,
  delayMs: number | undefined,
): JobsOptions {
  return {
    ...templateOptions(definition, settings),
    jobId: randomUUID(),
    deduplication: {
      id: `${definition.name}:${withoutNul(definition.dedupKey(payload))}`,
      ...(definition.isRepeatedAfterwards ? { keepLastIfActive: true } : {}),
    },
    ...(delayMs ? { delay: delayMs } : {}),
  };
}

/**
 * A payload as the queue takes it. PostgreSQL stores no NUL character: one in a payload would refuse the
 * job, one in an error leave it active. @throws for one that is too large: payloads are ids
 */
export function fitPayload<T>(value: T): T {
  const text = JSON.stringify(value);
  if (text === undefined) return value;
  if (Buffer.byteLength(text) > MAX_PAYLOAD_BYTES)
    throw new Error(`A job's payload is over ${MAX_PAYLOAD_BYTES} bytes.`);
  if (!text.includes('\\u0000')) return value;
  return JSON.parse(text, (_key, item: unknown) => (typeof item === 'string' ? withoutNul(item) : item)) as T;
}

export function withoutNul(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '') : text;
}
