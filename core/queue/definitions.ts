import { config } from '../config';
import { collectDue } from '../due/registry';
import { pumpJobOf } from '../due/pump.job';
import { consumers } from '../events/consumers';
import type { Feature } from '../feature';
import type { JobDefinition, ProviderLimit, QueueDefinition } from '../job';
import { collectLimits } from './provider-limits';
import { scaleShares } from './shares';

const byName = new Map<string, JobDefinition>();
let declared: readonly QueueDefinition[] = [];

/** Everything that the features declare of jobs. */
export interface CollectedJobs {
  queues: readonly QueueDefinition[];
  jobs: readonly JobDefinition[];
  limits: ReadonlyMap<string, ProviderLimit>;
}

/**
 * All queues and jobs of the features, remembered for {@link jobDefinition} and {@link queueNames}. @throws unless
 * every name has exactly one owner or handler, every job's queue and provider are declared, and the shares add up to at most 100
 */
export function collectJobs(features: readonly Feature[]): CollectedJobs {
  const queues = features.flatMap((feature) => feature.queues ?? []);
  const jobs = [
    ...features.flatMap((feature) => feature.jobs ?? []),
    ...collectDue([...features, { due: consumers().map(({ due }) => due) }]).map(pumpJobOf),
  ];
  scaleShares(queues, config().workerConcurrency);
  const limits = collectLimits(features);
  const names = new Set(queues.map(({ name }) => name));
  byName.clear();
  for (const definition of jobs) {
    const { name, queue, provider } = definition;
    if (byName.has(name)) throw new Error(`Two handlers claim the job "${name}".`);
    if (!names.has(queue)) throw new Error(`The job "${name}" names the unknown queue "${queue}".`);
    if (provider !== undefined && !limits.has(provider))
      throw new Error(`The job "${name}" names the unknown provider "${provider}".`);
    if (typeof definition.handler !== 'function') throw new Error(`The job "${name}" has no handler.`);
    byName.set(name, definition);
  }
  declared = queues;
  return { queues, jobs, limits };
}

/** The definition of a job by its name; undefined when this release has none. */
export function jobDefinition(name: string): JobDefinition | undefined {
  return byName.get(name);
}

/** Every declared queue, in the order of the features. */
export function queueNames(): readonly string[] {
  return declared.map(({ name }) => name);
}
