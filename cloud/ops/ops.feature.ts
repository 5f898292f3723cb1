import type { Feature } from '../../core/feature';
import { collectProcessMetrics } from '../../core/metrics';
import { DEAD_LETTER } from './dead-letters.schema';
import { closeProbes } from './dependencies.service';
import { opsJobs } from './ops.jobs';
import { opsLoops } from './ops.loops';
import { opsOperations } from './ops.operations';
import { noteScheduleEdits } from './ops.triggers';
import { operationsParseJobs } from './parse-jobs';
import { jobEditTable, jobSlotTable, uptimeTable, workerMetricsTable } from './ops.tables';

/** Health, metrics, queue status, dead letters, and the schedules made in Parse Dashboard. */
export const opsFeature: Feature = {
  name: 'operations',
  operations: opsOperations,
  classes: [DEAD_LETTER],
  tables: [uptimeTable, workerMetricsTable, jobSlotTable, jobEditTable],
  jobs: opsJobs,
  parseJobs: operationsParseJobs,
  triggers: noteScheduleEdits,
  loops: opsLoops,
  start: () => {
    collectProcessMetrics();
    return Promise.resolve(() => Promise.resolve(closeProbes()));
  },
};
