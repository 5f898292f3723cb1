import type { Feature } from '../../core/feature';
import { DEAD_LETTER } from './dead-letters.schema';
import { operationsJobs } from './operations.jobs';
import { startOperations } from './operations.loops';
import { operationsOperations } from './operations.operations';
import { noteScheduleEdits } from './operations.triggers';
import { operationsParseJobs } from './parse-jobs';
import { jobEditTable, jobSlotTable, uptimeTable, workerMetricsTable } from './operations.tables';

/** Health, metrics, queue status, dead letters, and the schedules made in Parse Dashboard. */
export const operationsFeature: Feature = {
  name: 'operations',
  operations: operationsOperations,
  classes: [DEAD_LETTER],
  tables: [uptimeTable, workerMetricsTable, jobSlotTable, jobEditTable],
  jobs: operationsJobs,
  parseJobs: operationsParseJobs,
  triggers: noteScheduleEdits,
  start: startOperations,
};
