import type { DataJobFeature } from '../data-jobs/kind';
import { importKind } from './imports.kind';
import { importOperations } from './imports.operations';
import { IMPORT_ERROR, IMPORT_STAGE } from './imports.schema';

/** Imports of files and rows (A14, A17, A20) and what their jobs do. */
export const importsFeature: DataJobFeature = {
  name: 'imports',
  operations: importOperations,
  tables: [IMPORT_ERROR, IMPORT_STAGE],
  dataJobs: [importKind],
};
