import type { QueueDefinition } from '../job';

/** Jobs running at once over all queues and worker processes (contract 5). */
export const MAX_CONCURRENT_JOBS = 100;

/**
 * How many jobs of each queue may run at once, of `total` in all: its declared share, scaled, and at least one.
 * What is not declared is left for queues to come. @throws when the shares do not fit
 */
export function scaleShares(queues: readonly QueueDefinition[], total: number): ReadonlyMap<string, number> {
  checkShares(queues);
  if (total > MAX_CONCURRENT_JOBS)
    throw new Error(`At most ${MAX_CONCURRENT_JOBS} jobs may run at once, not ${total}.`);
  if (queues.length > total)
    throw new Error(`${queues.length} queues need a concurrency of at least ${queues.length}, not ${total}.`);
  const shares = new Map(
    queues.map(({ name, share }) => [name, Math.max(1, Math.floor((share * total) / MAX_CONCURRENT_JOBS))]),
  );
  // The minimum of one may take too many: the largest gives.
  for (let over = sum(shares.values()) - total; over > 0; over -= 1) {
    const [largest, share] = [...shares].reduce((a, b) => (b[1] > a[1] ? b : a));
    shares.set(largest, share - 1);
  }
  return shares;
}

function checkShares(queues: readonly QueueDefinition[]): void {
  const seen = new Set<string>();
  for (const { name, share } of queues) {
    if (seen.has(name)) throw new Error(`Two features declare the queue "${name}".`);
    seen.add(name);
    if (!Number.isInteger(share) || share < 1)
      throw new Error(`The share of the queue "${name}" must be a whole number from 1 on, not ${share}.`);
  }
  const declared = sum(queues.map(({ share }) => share));
  if (declared > MAX_CONCURRENT_JOBS)
    throw new Error(`The queues' shares add up to ${declared}, more than ${MAX_CONCURRENT_JOBS}.`);
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((a, b) => a + b, 0);
