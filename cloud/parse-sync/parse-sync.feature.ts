import type { DataJobFeature } from '../data-jobs/kind';
import { parseSyncOperations } from './parse-sync.operations';
import { syncCursorTable, syncVersionTable } from './parse-sync.schema';
import { syncAll } from './start-sync.service';
import { parseSyncKind } from './sync.kind';

/** Objects and accounts kept in step with a source, here or on another Parse Server (A25, A28–A30). */
export const parseSyncFeature: DataJobFeature = {
  name: 'parse-sync',
  operations: parseSyncOperations,
  tables: [syncVersionTable, syncCursorTable],
  dataJobs: [parseSyncKind],
  parseJobs: { syncParse: syncAll },
};
