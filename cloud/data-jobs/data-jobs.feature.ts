import type { Feature } from '../../core/feature';
import { queueJobOf } from './data-jobs.jobs';
import { dataJobOperations } from './data-jobs.operations';
import { dataJobClass } from './data-jobs.schema';
import { startCancelSweeper, startJobSweepers } from './data-jobs.sweeper';
import type { DataJobKind } from './kind';
import { registerKinds } from './kinds';

/** Jobs on data, whatever they do: A18, A19, list, cancel, retry. @param kinds those of all features */
export function dataJobsFeature(kinds: readonly DataJobKind[]): Feature {
  registerKinds(kinds);
  return {
    name: 'data-jobs',
    operations: dataJobOperations(kinds),
    classes: [dataJobClass(kinds)],
    jobs: kinds.map(queueJobOf),
    start: (role) => Promise.resolve(role === 'worker' ? startJobSweepers() : startCancelSweeper()),
  };
}
