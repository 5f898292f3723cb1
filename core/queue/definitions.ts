import { config } from '../config';
import type { Feature } from '../feature';
import type { JobDefinition, QueueName } from '../job';
import { MAX_CONCURRENT_JOBS, QUEUE_NAMES } from './names';

/** How much of the common concurrency one definition asks for, by its class. */
const WEIGHTS: Record<JobDefinition['jobClass'], number> = { high: 4, normal: 3, low: 2, batch: 1 };

const byName = new Map<string, JobDefinition>();

/**
 * All jobs of the features, remembered for {@link jobDefinition}. @throws unless every name has
 * exactly one handler, every queue is known and the queues' concurrencies add up
 */
export function collectJobs(features: readonly Feature[]): readonly JobDefinition[] {
  const definitions = features.flatMap((feature) => feature.jobs ?? []);
  byName.clear();
  for (const definition of definitions) {
    const { name, queue } = definition;
    if (byName.has(name)) throw new Error(`Two handlers claim the job "${name}".`);
    if (!QUEUE_NAMES.includes(queue)) throw new Error(`The job "${name}" names the unknown queue "${queue}".`);
    if (typeof definition.handler !== 'function') throw new Error(`The job "${name}" has no handler.`);
    byName.set(name, definition);
  }
  shareConcurrency(definitions, config().workerConcurrency);
  return definitions;
}

/** The definition of a job by its name; undefined when this release has none. */
export function jobDefinition(name: string): JobDefinition | undefined {
  return byName.get(name);
}

/**
 * Splits the concurrency over the queues that have jobs, by the classes of these jobs; at least
 * one each. @throws when there are more queues than places, or the sum went wrong
 */
export function shareConcurrency(definitions: readonly JobDefinition[], total: number): Map<QueueName, number> {
  if (total > MAX_CONCURRENT_JOBS)
    throw new Error(`At most ${MAX_CONCURRENT_JOBS} jobs may run at once, not ${total}.`);
  const weights = new Map<QueueName, number>();
  for (const { queue, jobClass } of definitions) weights.set(queue, (weights.get(queue) ?? 0) + WEIGHTS[jobClass]);
  if (weights.size > total)
    throw new Error(`${weights.size} queues need a concurrency of at least ${weights.size}, not ${total}.`);
  const sum = [...weights.values()].reduce((a, b) => a + b, 0);
  const shares = new Map(
    [...weights].map(([queue, weight]) => [queue, Math.max(1, Math.floor((total * weight) / sum))]),
  );
  balance(shares, total);
  return shares;
}

/** Rounding leaves a few places over, or the minimum of one takes too many: the largest queue settles it. */
function balance(shares: Map<QueueName, number>, total: number): void {
  if (!shares.size) return;
  let used = [...shares.values()].reduce((a, b) => a + b, 0);
  while (used !== total) {
    const [largest, share] = [...shares].reduce((a, b) => (b[1] > a[1] ? b : a));
    const step = used > total ? -1 : total - used;
    shares.set(largest, share + step);
    used += step;
  }
}
