import type { Feature } from '../../core/feature';
import { importJobs } from './imports.jobs';
import { importOperations } from './imports.operations';
import { DATA_JOB, IMPORT_ERROR, IMPORT_STAGE } from './imports.schema';
import { startCancelSweeper, startImportSweepers } from './imports.sweeper';

/** Imports of files and rows: A14, A17 to A20, and the cancelling of their jobs. */
export const importsFeature: Feature = {
  name: 'imports',
  operations: importOperations,
  classes: [DATA_JOB],
  tables: [IMPORT_ERROR, IMPORT_STAGE],
  queues: [{ name: 'data-processing', share: 30 }],
  jobs: importJobs,
  start: (role) => Promise.resolve(role === 'worker' ? startImportSweepers() : startCancelSweeper()),
};
