import { STEP_EVENTS, type StepEvents } from '../../facts/facts.events';
import type { DataType } from '../convert/data-type';
import type { ImportJob } from './import-job';

/** Which events the rows of an import are, by the rules of every other door; undefined where they are none. */
export function stepsOf({ options }: ImportJob, { className }: DataType): StepEvents | undefined {
  return options.effects ? STEP_EVENTS[className] : undefined;
}
