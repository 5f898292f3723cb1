import type { Feature } from '../../core/feature';
import { dataJobEvents, dataJobEventTypes } from './data-jobs.events';
import { queueJobOf } from './data-jobs.jobs';
import { dataJobOperations } from './data-jobs.operations';
import { dataJobClass } from './data-jobs.schema';
import { dataJobLoops } from './data-jobs.loops';
import type { DataJobKind } from './kind';
import { DEFAULT_QUEUE, registerKinds } from './kinds';

/** Jobs on data, whatever they do: A18, A19, list, cancel, retry. @param kinds those of all features */
export function dataJobsFeature(kinds: readonly DataJobKind[]): Feature {
  registerKinds(kinds);
  return {
    name: 'data-jobs',
    operations: dataJobOperations(kinds),
    classes: [dataJobClass(kinds)],
    queues: [{ name: DEFAULT_QUEUE, share: 30 }],
    jobs: kinds.map(queueJobOf),
    loops: dataJobLoops,
    eventTypes: dataJobEventTypes,
    eventSources: [dataJobEvents],
  };
}
